"""What this cloud only writes down and does not do, with the reason: nobody should be misled."""

from __future__ import annotations

RECORDED: tuple[tuple[str, str], ...] = (
    ("encryption at rest", "objects, tables, queues and logs are plain in the server's memory"),
    ("a key's policy for S3, SNS, SQS, Logs and DynamoDB", "only calls of KMS itself are checked"),
    ("TLS", "requests travel in plain text on the loopback; policies see a secure transport"),
    ("persistence", "all state but unpacked layers is gone when the server ends"),
    ("S3 lifecycle rules", "nothing expires, moves to another class or is aborted"),
    ("retention of log groups", "log events stay as long as the server"),
    ("metric filters of log groups", "stored; no metric comes of them (embedded metrics do)"),
    (
        "log filter patterns of columns or regular expressions",
        "refused for subscriptions and FilterLogEvents",
    ),
    (
        "alarms on metric math or anomaly bands",
        "stored; they stay in INSUFFICIENT_DATA, and GetMetricData refuses expressions",
    ),
    ("alarm actions other than SNS", "stored; the event on the bus is sent for every change"),
    ("windows of alarms", "slide with the clock, while AWS aligns them to whole periods"),
    (
        "roles of event rules, schedules, log subscriptions and Firehose",
        "their deliveries are not checked against the role",
    ),
    (
        "permissions of event sources to invoke a function",
        "S3, SNS and event rules invoke without asking the function's policy",
    ),
    ("budgets", "stored; nothing is spent, so no notification is sent"),
    ("cron() and at()", "fire at real times; rate(), waits and periods are shrunk by the clock"),
    ("a function's timeout and a job's run time", "real seconds: the code is real"),
    (
        "a Python function's runtime version and architecture",
        "one interpreter of the host runs every Python runtime",
    ),
    ("a function's /tmp", "the host's own, shared; TMPDIR points into the server's directory"),
    ("a function's memory limit", "enforced on Linux by what it allocates; CPU is not throttled"),
    ("a function's VPC, file systems and tracing", "stored; it has the host's network"),
    ("provisioned concurrency and SnapStart", "stored; a worker is warm from its first call on"),
    ("JSON log format and log levels of a function", "lines are written as printed"),
    ("loops of functions that invoke each other", "not stopped for Python functions"),
    (
        "Node functions",
        "run where `node` is found, without AWS's SDK: CDK's own Node handlers "
        "(auto-deletion of objects, log retention) do not work",
    ),
    ("function URLs", "answer by their Host header only; no local name server knows the name"),
    (
        "a training job's instance type, volume, Spot, VPC, retries and encryption",
        "stored; the job runs in a subprocess of this machine",
    ),
    (
        "network isolation of a training job",
        "no package index and no credentials; the machine's network is not cut off",
    ),
    (
        "`pip install .` of a training job's code",
        "not run; without an index its build wheels must be there, as on AWS",
    ),
    ("iam:PassRole", "checked by SageMaker and CodeDeploy only"),
    ("triggers of a deployment group", "stored; CodeDeploy's events are sent"),
    ("request rates, quotas and prices", "not modelled, but for Lambda's concurrency and sizes"),
)
