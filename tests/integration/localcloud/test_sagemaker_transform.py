"""A transform job serves its model to whole objects of S3, and stores an answer for each."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from conftest import eventually
from localcloud_endpoints import model
from localcloud_roles import allow, make_role

Client = Callable[[str], Any]
BUCKET = "transform-tests"

# One number a line, its double in the answer; "slow" and "bad" do as they say.
DOUBLE = """
import os, time

def model_fn(model_dir):
    return None

def transform_fn(model, body, content_type, accept):
    text = body.decode() if isinstance(body, bytes) else body
    if "slow" in text:
        time.sleep(60)
    if "bad" in text:
        raise ValueError("a bad row")
    print("rows:", len(text.splitlines()), os.environ["SAGEMAKER_BATCH_STRATEGY"], flush=True)
    return "\\n".join(str(2 * float(x.split(",")[-1])) for x in text.splitlines()), accept
"""
LENGTHS = """
import json

def model_fn(model_dir):
    return None

def transform_fn(model, body, content_type, accept):
    text = body.decode() if isinstance(body, bytes) else body
    rows = [json.loads(line) for line in text.splitlines()]
    return "\\n".join(json.dumps({"size": len(row)}) for row in rows), accept
"""


@pytest.fixture(scope="module")
def role(client: Client) -> str:
    client("s3").create_bucket(Bucket=BUCKET)
    return make_role(client, "sagemaker", allow("s3:*", "logs:*"))


@pytest.fixture(scope="module")
def doubling(client: Client, role: str) -> str:
    return model(client, BUCKET, role, DOUBLE)


@pytest.fixture
def start(client: Client) -> Callable[..., str]:
    """Starts a transform of these objects; gives its name, which is its prefix too."""

    def begin(model_name: str, objects: dict[str, bytes], **changes: Any) -> str:
        name = f"transform-{uuid.uuid4().hex[:8]}"
        for key, body in objects.items():
            client("s3").put_object(Bucket=BUCKET, Key=f"{name}/in/{key}", Body=body)
        source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/{name}/in/"}
        given = {
            "DataSource": {"S3DataSource": source},
            "ContentType": "text/csv",
            "SplitType": "Line",
            **changes.pop("TransformInput", {}),
        }
        output = {
            "S3OutputPath": f"s3://{BUCKET}/{name}/out",
            "Accept": "text/csv",
            "AssembleWith": "Line",
            **changes.pop("TransformOutput", {}),
        }
        client("sagemaker").create_transform_job(
            TransformJobName=name,
            ModelName=model_name,
            TransformInput=given,
            TransformOutput=output,
            **{
                "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
                **changes,
            },
        )
        return name

    return begin


@pytest.fixture
def ended(client: Client) -> Callable[[str], Any]:
    def wait(name: str) -> Any:
        def check() -> Any:
            facts = client("sagemaker").describe_transform_job(TransformJobName=name)
            over = facts["TransformJobStatus"] in ("Completed", "Failed", "Stopped")
            return facts if over else None

        return eventually(check, 20)

    return wait


@pytest.fixture
def written(client: Client) -> Callable[[str], dict[str, str]]:
    def read(name: str) -> dict[str, str]:
        s3, prefix = client("s3"), f"{name}/out/"
        found = s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])
        return {
            one["Key"].removeprefix(prefix): s3.get_object(Bucket=BUCKET, Key=one["Key"])["Body"]
            .read()
            .decode()
            for one in found
        }

    return read


def printed(client: Client, name: str) -> list[str]:
    logs, group = client("logs"), "/aws/sagemaker/TransformJobs"
    streams = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=f"{name}/")
    return [
        event["message"]
        for stream in streams["logStreams"]
        for event in logs.get_log_events(logGroupName=group, logStreamName=stream["logStreamName"])[
            "events"
        ]
    ]


def test_every_object_has_its_answer(
    client: Client,
    doubling: str,
    start: Callable[..., str],
    ended: Callable[[str], Any],
    written: Callable[[str], dict[str, str]],
) -> None:
    """On two instances; the output keeps the key below the prefix and adds .out."""
    resources = {"InstanceType": "ml.m5.large", "InstanceCount": 2}
    objects = {"a.csv": b"1\n2\n", "deep/b.csv": b"3\n", "c.csv": b"4"}
    name = start(doubling, objects, TransformResources=resources, MaxConcurrentTransforms=2)
    facts = ended(name)
    assert facts["TransformJobStatus"] == "Completed", facts
    assert facts["CreationTime"] <= facts["TransformStartTime"] <= facts["TransformEndTime"]
    assert written(name) == {
        "a.csv.out": "2.0\n4.0\n",
        "deep/b.csv.out": "6.0\n",
        "c.csv.out": "8.0\n",
    }
    assert "rows: 2 MultiRecord" in printed(client, name)
    listed = client("sagemaker").list_transform_jobs(NameContains=name)["TransformJobSummaries"]
    assert [one["TransformJobStatus"] for one in listed] == ["Completed"]


def test_single_records_are_asked_one_by_one_and_joined_without_ends(
    client: Client,
    doubling: str,
    start: Callable[..., str],
    ended: Callable[[str], Any],
    written: Callable[[str], dict[str, str]],
) -> None:
    """BatchStrategy SingleRecord; AssembleWith None adds nothing between the answers."""
    output = {"AssembleWith": "None"}
    name = start(doubling, {"a": b"1\n2\n"}, BatchStrategy="SingleRecord", TransformOutput=output)
    assert ended(name)["TransformJobStatus"] == "Completed"
    assert written(name) == {"a.out": "2.04.0"}
    assert printed(client, name).count("rows: 1 SingleRecord") == 2


def test_csv_is_filtered_joined_and_filtered_again(
    doubling: str,
    start: Callable[..., str],
    ended: Callable[[str], Any],
    written: Callable[[str], dict[str, str]],
) -> None:
    """The id is kept from the model and stored beside its answer."""
    processing = {"InputFilter": "$[1:]", "JoinSource": "Input", "OutputFilter": "$[0,-1]"}
    name = start(doubling, {"a.csv": b'"id, 1",5\nid2,6\n'}, DataProcessing=processing)
    assert ended(name)["TransformJobStatus"] == "Completed"
    assert written(name) == {"a.csv.out": '"id, 1",10.0\nid2,12.0\n'}


def test_json_lines_get_the_answer_as_sagemakeroutput(
    client: Client,
    role: str,
    start: Callable[..., str],
    ended: Callable[[str], Any],
    written: Callable[[str], dict[str, str]],
) -> None:
    """In the object that was the input."""
    rows = [{"id": 1, "features": [1, 2]}, {"id": 2, "features": [3]}]
    kind = "application/jsonlines"
    name = start(
        model(client, BUCKET, role, LENGTHS),
        {"a.jsonl": "\n".join(json.dumps(row) for row in rows).encode()},
        TransformInput={"ContentType": kind},
        TransformOutput={"Accept": kind},
        DataProcessing={
            "InputFilter": "$.features",
            "JoinSource": "Input",
            "OutputFilter": "$['id','SageMakerOutput']",
        },
    )
    assert ended(name)["TransformJobStatus"] == "Completed"
    assert [json.loads(line) for line in written(name)["a.jsonl.out"].splitlines()] == [
        {"id": 1, "SageMakerOutput": {"size": 2}},
        {"id": 2, "SageMakerOutput": {"size": 1}},
    ]


def test_an_object_that_fails_fails_the_job_and_spares_the_others(
    client: Client,
    doubling: str,
    start: Callable[..., str],
    ended: Callable[[str], Any],
    written: Callable[[str], dict[str, str]],
) -> None:
    """The reason sends one to the log, and the data log names the object."""
    name = start(doubling, {"good.csv": b"1\n", "worse.csv": b"bad\n"})
    facts = ended(name)
    assert facts["TransformJobStatus"] == "Failed"
    assert facts["FailureReason"] == "AlgorithmError: See job logs for more information"
    assert written(name) == {"good.csv.out": "2.0\n"}
    told = [line for line in printed(client, name) if "worse.csv" in line]
    assert told, "the data log does not name the object"
    assert "a bad row" in told[0]


def test_stopping_does_not_wait_for_the_model(
    client: Client,
    doubling: str,
    start: Callable[..., str],
    ended: Callable[[str], Any],
    written: Callable[[str], dict[str, str]],
) -> None:
    """Nothing is stored of the object that was being transformed."""
    name = start(doubling, {"a.csv": b"slow\n"})
    sagemaker = client("sagemaker")

    def transforming() -> bool:
        return "TransformStartTime" in sagemaker.describe_transform_job(TransformJobName=name)

    eventually(transforming)
    since = time.monotonic()
    sagemaker.stop_transform_job(TransformJobName=name)
    assert ended(name)["TransformJobStatus"] == "Stopped"
    assert time.monotonic() - since < 10
    assert written(name) == {}
    with pytest.raises(ClientError, match="Stopped"):
        sagemaker.stop_transform_job(TransformJobName=name)


def test_the_models_role_reads_and_writes(
    client: Client, start: Callable[..., str], ended: Callable[[str], Any], role: str
) -> None:
    """A role that may not list the input's bucket fails the job with a denial."""
    iam = client("iam")
    narrow = make_role(client, "sagemaker", allow("s3:*", "logs:*"))
    named = model(client, BUCKET, narrow, DOUBLE)
    reading = json.dumps({"Version": "2012-10-17", "Statement": [allow("s3:GetObject")]})
    name = narrow.rpartition("/")[2]
    iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=reading)
    facts = ended(start(named, {"a.csv": b"1\n"}))
    assert facts["TransformJobStatus"] == "Failed"
    assert "s3:ListBucket" in facts["FailureReason"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"TransformInput": {"SplitType": "RecordIO"}}, "SplitType Line"),
        ({"TransformInput": {"SplitType": "None"}, "BatchStrategy": "SingleRecord"}, "SplitType"),
        ({"MaxPayloadInMB": 60, "MaxConcurrentTransforms": 2}, "100 MB"),
        ({"DataProcessing": {"InputFilter": "$..x"}}, "not understood"),
        (
            {"DataProcessing": {"JoinSource": "Input"}, "TransformOutput": {"Accept": "image/png"}},
            "ContentType and Accept",
        ),
        (
            {
                "DataProcessing": {"JoinSource": "Input"},
                "TransformOutput": {"AssembleWith": "None"},
            },
            "AssembleWith",
        ),
    ],
)
def test_what_aws_refuses_is_refused(
    doubling: str, start: Callable[..., str], changes: dict[str, Any], message: str
) -> None:
    """At once, and by name."""
    with pytest.raises(ClientError, match=message):
        start(doubling, {}, **changes)


def test_a_model_that_is_missing_is_refused(start: Callable[..., str]) -> None:
    """Before any instance starts."""
    with pytest.raises(ClientError, match="Could not find model"):
        start("no-such-model", {})


def test_no_object_under_the_prefix_fails_the_job(
    doubling: str, start: Callable[..., str], ended: Callable[[str], Any]
) -> None:
    """With the prefix in the reason."""
    facts = ended(start(doubling, {}))
    assert (facts["TransformJobStatus"], "no objects" in facts["FailureReason"]) == ("Failed", True)
