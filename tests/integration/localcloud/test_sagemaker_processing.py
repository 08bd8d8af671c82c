"""A processing job runs its program on its inputs and writes its outputs, as its own role."""

from __future__ import annotations

import io
import json
import textwrap
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from conftest import eventually
from localcloud_jobs import IMAGE
from localcloud_roles import allow, make_role

from localcloud.sagemaker import namespace

Client = Callable[[str], Any]
BUCKET = "processing-tests"
BASE = "/opt/ml/processing"
WORK = """
    import json, os, pathlib, sys
    source, target = map(pathlib.Path, sys.argv[1:])
    config = pathlib.Path(os.environ["ML"], "config")
    host = json.loads((config / "resourceconfig.json").read_text())["current_host"]
    job = json.loads((config / "processingjobconfig.json").read_text())
    names = sorted(path.name for path in source.iterdir())
    (target / f"{host}.json").write_text(json.dumps({"names": names, "job": job}))
    pathlib.Path(os.environ["ML"], "output/message").write_text(f"{host} saw {len(names)}. ")
    print(f"{host} is done")
"""


@pytest.fixture(scope="module")
def s3(client: Client) -> Any:
    client("s3").create_bucket(Bucket=BUCKET)
    for number in range(3):
        client("s3").put_object(Bucket=BUCKET, Key=f"data/part-{number}.csv", Body=b"1\n")
    return client("s3")


@pytest.fixture(scope="module")
def worker(client: Client) -> str:
    return make_role(client, "sagemaker", allow("s3:*", "logs:*"))


@pytest.fixture
def start(client: Client, s3: Any, worker: str) -> Callable[..., str]:
    def create(source: str, count: int = 1, mode: str = "EndOfJob", **changes: Any) -> str:
        name = f"processing-{uuid.uuid4().hex[:8]}"
        code = io.BytesIO(textwrap.dedent(source).encode())
        s3.put_object(Bucket=BUCKET, Key=f"code/{name}/work.py", Body=code)
        inputs = [put_in("code", f"code/{name}"), put_in("data", "data/")]
        cluster = {"InstanceCount": count, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 5}
        output = {
            "S3Uri": f"s3://{BUCKET}/out/{name}",
            "LocalPath": f"{BASE}/output",
            "S3UploadMode": mode,
        }
        words = ["python3", f"{BASE}/code/work.py"]
        client("sagemaker").create_processing_job(
            **{
                "ProcessingJobName": name,
                "AppSpecification": {
                    "ImageUri": IMAGE,
                    "ContainerEntrypoint": words,
                    "ContainerArguments": [f"{BASE}/data", f"{BASE}/output"],
                },
                "Environment": {"ML": "/opt/ml"},
                "ProcessingInputs": inputs,
                "ProcessingOutputConfig": {"Outputs": [{"OutputName": "out", "S3Output": output}]},
                "ProcessingResources": {"ClusterConfig": cluster},
                "StoppingCondition": {"MaxRuntimeInSeconds": 60},
                "RoleArn": worker,
                **changes,
            }
        )
        return name

    return create


def put_in(name: str, prefix: str, **more: Any) -> dict[str, Any]:
    source = {
        "S3Uri": f"s3://{BUCKET}/{prefix}",
        "LocalPath": f"{BASE}/{name}",
        "S3DataType": "S3Prefix",
        "S3InputMode": "File",
        **more,
    }
    return {"InputName": name, "S3Input": source}


def described(client: Client, name: str) -> Any:
    return client("sagemaker").describe_processing_job(ProcessingJobName=name)


def ended(client: Client, name: str) -> Any:
    def check() -> Any:
        facts = described(client, name)
        done = facts["ProcessingJobStatus"] in ("Completed", "Failed", "Stopped")
        return facts if done else None

    return eventually(check, 20)


def written(s3: Any, name: str) -> dict[str, str]:
    found = s3.list_objects_v2(Bucket=BUCKET, Prefix=f"out/{name}/").get("Contents", [])
    keys = [item["Key"] for item in found]
    return {
        key.rpartition("/")[2]: s3.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode()
        for key in keys
    }


def test_a_job_reads_its_inputs_and_writes_its_outputs(
    client: Client, s3: Any, start: Callable[..., str]
) -> None:
    """Configuration files, arguments, message, log and description are AWS's."""
    name = start(WORK)
    facts = ended(client, name)
    assert facts["ProcessingJobStatus"] == "Completed", facts.get("FailureReason")
    told = json.loads(written(s3, name)["algo-1.json"])
    assert told["names"] == ["part-0.csv", "part-1.csv", "part-2.csv"]
    assert told["job"]["ProcessingJobName"] == name
    assert told["job"]["ProcessingInputs"][1]["S3Input"]["LocalPath"] == f"{BASE}/data"
    assert facts["ExitMessage"] == "algo-1 saw 3. "
    assert facts["ProcessingStartTime"] <= facts["ProcessingEndTime"]
    group = "/aws/sagemaker/ProcessingJobs"
    logs = client("logs").filter_log_events(logGroupName=group, logStreamNamePrefix=f"{name}/")
    assert [event["message"] for event in logs["events"]] == ["algo-1 is done"]


def test_the_containers_paths_are_real_where_the_machine_allows_it(
    client: Client, s3: Any, start: Callable[..., str]
) -> None:
    """A script that spells /opt/ml/processing itself finds it; elsewhere it fails aloud."""
    source = f"""
        import pathlib
        text = str(len(list(pathlib.Path("{BASE}/data").iterdir())))
        pathlib.Path("{BASE}/output/count.txt").write_text(text)
    """
    name = start(source)
    facts = ended(client, name)
    if namespace.supported():
        assert written(s3, name) == {"count.txt": "3"}
    else:
        assert facts["ProcessingJobStatus"] == "Failed"


def test_several_instances_shard_the_input_and_merge_the_output(
    client: Client, s3: Any, start: Callable[..., str]
) -> None:
    """ShardedByS3Key: each object goes to one host; their messages are put together."""
    shard = put_in("data", "data/", S3DataDistributionType="ShardedByS3Key")
    code = f"code/sharded-{uuid.uuid4().hex[:8]}"
    s3.put_object(Bucket=BUCKET, Key=f"{code}/work.py", Body=textwrap.dedent(WORK).encode())
    name = start(WORK, count=2, ProcessingInputs=[put_in("code", code), shard])
    facts = ended(client, name)
    assert facts["ProcessingJobStatus"] == "Completed", facts.get("FailureReason")
    files = written(s3, name)
    names = [json.loads(files[f"algo-{n}.json"])["names"] for n in (1, 2)]
    assert sorted(names[0] + names[1]) == ["part-0.csv", "part-1.csv", "part-2.csv"]
    assert all(names)
    assert facts["ExitMessage"] == "algo-1 saw 2. algo-2 saw 1. "


def test_a_continuous_output_is_there_while_the_job_runs(
    client: Client, s3: Any, start: Callable[..., str]
) -> None:
    """And the stopped job keeps it; what is for the end of the job never comes."""
    source = """
        import pathlib, sys, time
        pathlib.Path(sys.argv[2], "early.txt").write_text("early")
        time.sleep(60)
    """
    name = start(source, mode="Continuous")
    eventually(lambda: written(s3, name) == {"early.txt": "early"})
    assert described(client, name)["ProcessingJobStatus"] == "InProgress"
    client("sagemaker").stop_processing_job(ProcessingJobName=name)
    assert ended(client, name)["ProcessingJobStatus"] == "Stopped"
    with pytest.raises(ClientError, match="is in status Stopped"):
        client("sagemaker").stop_processing_job(ProcessingJobName=name)


def test_a_failing_program_tells_why_in_its_message(
    client: Client, s3: Any, start: Callable[..., str]
) -> None:
    """The reason refers to the log; the message is what the program left. No output is sent."""
    source = """
        import os, pathlib, sys
        pathlib.Path(os.environ["ML"], "output/message").write_text("no rows for class B")
        pathlib.Path(sys.argv[2], "half.txt").write_text("half")
        sys.exit(2)
    """
    name = start(source)
    facts = ended(client, name)
    assert facts["ProcessingJobStatus"] == "Failed"
    assert facts["FailureReason"] == "AlgorithmError: See job logs for more information"
    assert facts["ExitMessage"] == "no rows for class B"
    assert written(s3, name) == {}


def test_a_job_out_of_time_is_stopped(client: Client, start: Callable[..., str]) -> None:
    """MaxRuntimeInSeconds is real time: nothing makes a program faster."""
    began = time.monotonic()
    name = start("import time; time.sleep(60)", StoppingCondition={"MaxRuntimeInSeconds": 1})
    assert ended(client, name)["ProcessingJobStatus"] == "Stopped"
    assert time.monotonic() - began < 15


def test_the_jobs_own_role_is_asked_for_its_data(client: Client, start: Callable[..., str]) -> None:
    """A role without rights fails the job, and the reason names the denial."""
    facts = ended(client, start(WORK, RoleArn=make_role(client, "sagemaker")))
    assert facts["ProcessingJobStatus"] == "Failed"
    assert "Data download failed" in facts["FailureReason"]
    assert "AccessDenied" in facts["FailureReason"]


def test_a_change_of_status_is_an_event(client: Client, start: Callable[..., str]) -> None:
    """On the default bus, with the job's description as its detail."""
    queue = client("sqs").create_queue(QueueName=f"q-{uuid.uuid4().hex[:8]}")["QueueUrl"]
    arn = client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    arn = arn["Attributes"]["QueueArn"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    client("sqs").set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
    rule = f"r-{uuid.uuid4().hex[:8]}"
    pattern = {
        "detail-type": ["SageMaker Processing Job State Change"],
        "detail": {"ProcessingJobStatus": ["Completed"]},
    }
    client("events").put_rule(Name=rule, EventPattern=json.dumps(pattern))
    client("events").put_targets(Rule=rule, Targets=[{"Id": "queue", "Arn": arn}])
    name = start(WORK)

    def received() -> Any:
        messages = client("sqs").receive_message(QueueUrl=queue).get("Messages", [])
        details = [json.loads(message["Body"])["detail"] for message in messages]
        return [detail for detail in details if detail["ProcessingJobName"] == name]

    assert eventually(received)[0]["ExitMessage"] == "algo-1 saw 3. "
    client("events").remove_targets(Rule=rule, Ids=["queue"])
    client("events").delete_rule(Name=rule)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"AppSpecification": {"ImageUri": IMAGE}}, "ContainerEntrypoint"),
        ({"ProcessingInputs": [put_in("a", "a", LocalPath="/data")]}, "LocalPath must begin"),
        ({"ProcessingInputs": [put_in("a", "a", S3InputMode="Pipe")]}, "S3InputMode File"),
        ({"ProcessingInputs": [put_in("a", "a"), put_in("a", "b")]}, "must be unique"),
    ],
)
def test_what_would_differ_from_aws_is_refused_by_name(
    start: Callable[..., str], change: dict[str, Any], message: str
) -> None:
    """At once, by CreateProcessingJob itself."""
    with pytest.raises(ClientError, match=message):
        start("", **change)


def test_names_are_unique_until_a_job_is_deleted(client: Client, start: Callable[..., str]) -> None:
    """ResourceInUse for the second of a name; a deleted job is not found any more."""
    name = start("")
    facts = ended(client, name)
    keys = ("AppSpecification", "ProcessingJobName", "ProcessingResources", "RoleArn")
    again = {key: facts[key] for key in keys}
    with pytest.raises(ClientError) as caught:
        client("sagemaker").create_processing_job(**again)
    assert caught.value.response["Error"]["Code"] == "ResourceInUse"
    listed = client("sagemaker").list_processing_jobs(NameContains=name)
    assert [job["ProcessingJobName"] for job in listed["ProcessingJobSummaries"]] == [name]
    client("sagemaker").delete_processing_job(ProcessingJobName=name)
    with pytest.raises(ClientError, match=f"Could not find requested job with name: {name}"):
        described(client, name)
