"""What this cloud only writes down and does not do, with the reason: nobody should be misled."""

from __future__ import annotations

RECORDED: tuple[tuple[str, str], ...] = (
    ("encryption at rest", "objects, tables, queues and logs are plain in the server's memory"),
    (
        "the keys of delivery streams, functions' variables, state machines and jobs' volumes",
        "stored; those of S3, SNS, SQS, DynamoDB, Kinesis, Secrets, SSM and log groups are asked",
    ),
    ("TLS", "requests travel in plain text on the loopback; policies see a secure transport"),
    (
        "state on disk",
        "only if asked for (keep_state), every 5 s and at the end; what runs ends as on AWS",
    ),
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
    ("roles of pipes and of a delivery stream's Kinesis source", "not asked when records are read"),
    ("rules' and schedules' targets of other kinds", "refused at delivery and counted as failed"),
    ("budgets", "stored; nothing is spent, so no notification is sent"),
    ("cron() and at()", "come in real time or by a step of the clock; speed brings only rate()"),
    (
        "time-outs of functions, jobs and a state machine's calls",
        "real seconds: the code is real",
    ),
    (
        "visibility time-outs and delays of queues",
        "real seconds; an event source shrinks what a failure leaves of them",
    ),
    ("tracing and encryption of state machines", "stored"),
    ("a Map Run's concurrency", "64 child executions at a time, whatever it asks for"),
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
        "one `node` runs every Node runtime; of AWS's SDK it has the clients of localcloud/node",
    ),
    (
        "CDK's BucketDeployment",
        "fails: its handler calls /opt/awscli/aws, and a layer does not lie under /opt here",
    ),
    (
        "properties of a resource that its handler does not know",
        "checked by AWS's schema, kept with the stack, and without effect",
    ),
    (
        "the role that a stack is deployed with",
        "CloudFormation acts with all rights; what it starts acts with its own role",
    ),
    (
        "SQS visibility timeouts and message delays",
        "real seconds: what works on a message is real code",
    ),
    ("function URLs", "answer on the loopback by path; streamed answers are refused"),
    (
        "CORS of function URLs",
        "answered for pages of this cloud's own address; pages of other origins are refused",
    ),
    (
        "in Athena, CREATE TABLE AS, UNLOAD, ALTER TABLE and MSCK",
        "refused; partitions are registered through Glue or projected",
    ),
    (
        "tumbling windows, provisioned pollers and other sources of event source mappings",
        "refused; SQS, Kinesis and DynamoDB streams are polled",
    ),
    ("extensions of a function", "their layer is unpacked; no extension is started"),
    (
        "the instance type, volume, VPC, warm pool, profiler and encryption of SageMaker's jobs",
        "stored; each of a job's hosts is a process of this machine",
    ),
    (
        "/opt/ml and the names algo-1, algo-2 of SageMaker's jobs",
        "real where the kernel allows mount namespaces (Linux, as root or with namespaces for "
        "users); elsewhere environment and arguments name the job's own directory, "
        "and the hosts' names do not resolve",
    ),
    (
        "the price of Spot",
        "BillableTimeInSeconds is the whole training time; "
        "instances are taken back on request only",
    ),
    (
        "metrics of a training job",
        "FinalMetricDataList has the last values; none are put into CloudWatch",
    ),
    (
        "a training job's pending limit, metric time series and image configuration",
        "stored; a job starts at once, and its image is a Python of this machine",
    ),
    ("experiments that a job is associated with", "stored; there are no trial components"),
    (
        "a feature group's throughput, storage type and encryption",
        "stored; one store in memory answers for all of them",
    ),
    (
        "a caller's rights to make a feature group's Glue table",
        "not checked; the group's role is, for its bucket",
    ),
    (
        "network isolation of a training job",
        "no package index and no credentials; the machine's network is not cut off",
    ),
    (
        "`pip install .` of a training job's code",
        "not run; without an index its build wheels must be there, as on AWS",
    ),
    (
        "instance types, volumes, keys, VPC and SSM access of endpoints",
        "stored; an instance is a process of this machine, with one worker that takes one request "
        "at a time where the image is in script mode",
    ),
    (
        "a served container's port 8080",
        "containers share the machine's ports: an own `serve` must listen on "
        "SAGEMAKER_BIND_TO_PORT, which AWS sets for several containers only",
    ),
    (
        "network isolation of a model",
        "no credentials; the machine's network is not cut off",
    ),
    (
        "memory and scaling to zero of a serverless endpoint",
        "stored; one environment is kept warm, and those that traffic added",
    ),
    (
        "automatic scaling of endpoints",
        "targets and policies are stored; no metric changes a number of instances",
    ),
    (
        "algorithm mode of prebuilt images",
        "a model without an inference script fails its ping",
    ),
    (
        "the role that CloudFormation is passed",
        "asked for PassRole and trust; the stack's resources are made with every right",
    ),
    ("iam:PassRole of S3 replication, SSM, Athena and Budgets", "not asked: no role is used there"),
    (
        "the managed event rules of `.sync` tasks (StepFunctionsGetEventsFor...)",
        "not made: tasks ask for their job's status, and the role is not asked for "
        "events:PutRule, PutTargets and DescribeRule, which AWS demands",
    ),
    (
        "how a tuning job chooses values",
        "Optuna's samplers (Bayesian: TPE) and our choice of Auto scaling: other values than AWS's",
    ),
    (
        "early stopping and Hyperband",
        "read the epochs in a training job's log: a role that may not write logs is not stopped",
    ),
    (
        "a container's /execution-parameters",
        "not asked: a transform job sends one request at a time unless it says otherwise",
    ),
    ("triggers of a deployment group", "stored; CodeDeploy's events are sent"),
    ("request rates, quotas and prices", "not modelled, but for Lambda's concurrency and sizes"),
)
