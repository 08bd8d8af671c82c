"""A training job really runs its script, in the container's layout, with its role's rights."""

from __future__ import annotations

import io
import json
import tarfile
import textwrap
import time
import uuid
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from conftest import eventually
from localcloud_roles import allow, make_role

Client = Callable[[str], Any]
BUCKET = "training-tests"
TRAIN = """
    import argparse, json, os, pathlib
    words = argparse.ArgumentParser()
    words.add_argument("--rounds", type=int)
    rounds = words.parse_args().rounds
    train = pathlib.Path(os.environ["SM_CHANNEL_TRAIN"])
    rows = sum(len(p.read_text().split()) for p in train.rglob("*.csv"))
    found = {name: os.environ.get(name) for name in ("SM_HPS", "AWS_ACCESS_KEY_ID")}
    written = pathlib.Path(os.environ["SM_INPUT_CONFIG_DIR"], "hyperparameters.json").read_text()
    answer = {"rounds": rounds, "rows": rows, "environment": found, "cwd": os.getcwd(),
              "parameters": json.loads(written)}
    pathlib.Path(os.environ["SM_MODEL_DIR"], "model.json").write_text(json.dumps(answer))
    pathlib.Path(os.environ["SM_OUTPUT_DATA_DIR"], "more.txt").write_text("more")
    print("validation-auc: 0.5")
    print("validation-auc: 0.75")
"""


def code(source: str, **files: str) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, text in {"train.py": textwrap.dedent(source), **files}.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))
    return buffer.getvalue()


@pytest.fixture(scope="module")
def s3(client: Client) -> Any:
    client("s3").create_bucket(Bucket=BUCKET)
    client("s3").put_object(Bucket=BUCKET, Key="data/train/a.csv", Body=b"1\n2\n")
    client("s3").put_object(Bucket=BUCKET, Key="data/train/deep/b.csv", Body=b"3\n")
    for wheel in ("setuptools-1-py3-none-any.whl", "wheel-1-py3-none-any.whl"):
        client("s3").put_object(Bucket=BUCKET, Key=f"wheels/{wheel}", Body=b"")
    return client("s3")


@pytest.fixture(scope="module")
def training_role(client: Client, s3: Any) -> str:
    return make_role(
        client,
        "sagemaker",
        allow("s3:GetObject", "s3:PutObject", on=f"arn:aws:s3:::{BUCKET}/*"),
        allow("s3:ListBucket", on=f"arn:aws:s3:::{BUCKET}"),
        allow(
            "logs:CreateLogGroup",
            "logs:CreateLogStream",
            "logs:DescribeLogStreams",
            "logs:PutLogEvents",
        ),
    )


def channel(name: str, prefix: str) -> dict[str, Any]:
    source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/{prefix}"}
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}}


@pytest.fixture
def job(client: Client, s3: Any, training_role: str) -> Callable[..., str]:
    def start(source: str = TRAIN, requirements: str = "", **changes: Any) -> str:
        name = f"job-{uuid.uuid4().hex[:8]}"
        files = {"requirements.txt": requirements} if requirements else {}
        archive = code(source, **files)
        s3.put_object(Bucket=BUCKET, Key=f"code/{name}/sourcedir.tar.gz", Body=archive)
        client("sagemaker").create_training_job(
            **{
                "TrainingJobName": name,
                "AlgorithmSpecification": {
                    "TrainingImage": "1.dkr.ecr.us-east-1.amazonaws.com/tests-image:1.0",
                    "TrainingInputMode": "File",
                    "MetricDefinitions": [{"Name": "auc", "Regex": "validation-auc: ([0-9.]+)"}],
                },
                "RoleArn": training_role,
                "HyperParameters": {
                    "sagemaker_program": "train.py",
                    "sagemaker_submit_directory": "/opt/ml/input/data/code/sourcedir.tar.gz",
                    "rounds": "7",
                    "_tuning_objective_metric": "auc",
                },
                "InputDataConfig": [
                    channel("train", "data/train"),
                    channel("code", f"code/{name}"),
                    channel("wheels", "wheels/"),
                ],
                "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/models"},
                "ResourceConfig": {
                    "InstanceType": "ml.m5.large",
                    "InstanceCount": 1,
                    "VolumeSizeInGB": 5,
                },
                "StoppingCondition": {"MaxRuntimeInSeconds": 60},
                "Environment": {
                    "PIP_NO_INDEX": "1",
                    "PIP_FIND_LINKS": "/opt/ml/input/data/wheels",
                },
                "EnableNetworkIsolation": True,
                **changes,
            }
        )
        return name

    return start


@pytest.fixture
def ended(client: Client) -> Callable[[str], Any]:
    def wait(name: str) -> Any:
        def check() -> Any:
            facts = client("sagemaker").describe_training_job(TrainingJobName=name)
            return (
                facts if facts["TrainingJobStatus"] in ("Completed", "Failed", "Stopped") else None
            )

        return eventually(check, 20)

    return wait


def test_a_job_trains_in_the_containers_layout_and_uploads_its_model(
    client: Client, s3: Any, job: Callable[..., str], ended: Callable[[str], Any]
) -> None:
    """Channels, arguments, environment, artifact, metrics, log and statuses are AWS's."""
    name = job()
    facts = ended(name)
    assert facts["TrainingJobStatus"] == "Completed", facts.get("FailureReason")
    uri = f"s3://{BUCKET}/models/{name}/output/model.tar.gz"
    assert facts["ModelArtifacts"]["S3ModelArtifacts"] == uri
    body = s3.get_object(Bucket=BUCKET, Key=f"models/{name}/output/model.tar.gz")["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(body)) as archive:
        member = archive.extractfile("model.json")
        assert member is not None
        model = json.load(member)
    assert (model["rounds"], model["rows"]) == (7, 3)
    assert model["cwd"].endswith("/opt/ml/code")
    assert model["environment"]["AWS_ACCESS_KEY_ID"] is None, "an isolated job has no credentials"
    assert json.loads(model["environment"]["SM_HPS"]) == {"rounds": 7}
    assert model["parameters"]["rounds"] == "7"
    s3.head_object(Bucket=BUCKET, Key=f"models/{name}/output/output.tar.gz")
    assert [m["Value"] for m in facts["FinalMetricDataList"]] == [0.75]
    passed = [step["Status"] for step in facts["SecondaryStatusTransitions"]]
    assert passed == ["Starting", "Downloading", "Training", "Uploading", "Completed"]
    streams = client("logs").describe_log_streams(
        logGroupName="/aws/sagemaker/TrainingJobs", logStreamNamePrefix=name
    )["logStreams"]
    lines = client("logs").get_log_events(
        logGroupName="/aws/sagemaker/TrainingJobs", logStreamName=streams[0]["logStreamName"]
    )["events"]
    assert "validation-auc: 0.75" in [line["message"] for line in lines]


def test_a_jobs_name_is_used_once(client: Client, job: Callable[..., str]) -> None:
    """A second job of the same name is refused with SageMaker's own code."""
    name = job()
    facts = client("sagemaker").describe_training_job(TrainingJobName=name)
    again = {
        key: facts[key]
        for key in [
            "TrainingJobName",
            "AlgorithmSpecification",
            "RoleArn",
            "HyperParameters",
            "OutputDataConfig",
            "ResourceConfig",
            "StoppingCondition",
        ]
    }
    with pytest.raises(ClientError, match="must be unique") as caught:
        client("sagemaker").create_training_job(**again)
    assert caught.value.response["Error"]["Code"] == "ResourceInUse"


def test_a_failing_script_tells_why(job: Callable[..., str], ended: Callable[[str], Any]) -> None:
    """The end of the log is the reason; the exit code is in it."""
    facts = ended(job("print('so far so good'); raise SystemExit('no rows for class B')"))
    assert facts["TrainingJobStatus"] == "Failed"
    assert facts["FailureReason"].startswith("AlgorithmError: ")
    assert "no rows for class B" in facts["FailureReason"]
    assert "exit code: 1" in facts["FailureReason"]
    assert "ModelArtifacts" not in facts or not facts["ModelArtifacts"]


def test_the_failure_file_is_the_reason(
    job: Callable[..., str], ended: Callable[[str], Any]
) -> None:
    """What the script writes to /opt/ml/output/failure is told instead of its log."""
    source = """
        import os, pathlib, sys
        pathlib.Path(os.environ["SM_OUTPUT_DIR"], "failure").write_text("one class only")
        sys.exit(3)
    """
    assert ended(job(source))["FailureReason"] == "AlgorithmError: one class only, exit code: 3"


def wheel() -> bytes:
    """The smallest wheel there is: one module."""
    buffer, info = io.BytesIO(), "tiny_thing-1.0.dist-info"
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("tiny_thing.py", "ANSWER = 42")
        archive.writestr(
            f"{info}/METADATA", "Metadata-Version: 2.1\nName: tiny-thing\nVersion: 1.0\n"
        )
        tags = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        archive.writestr(f"{info}/WHEEL", tags)
        archive.writestr(f"{info}/RECORD", "")
    return buffer.getvalue()


def test_requirements_come_from_the_wheels_and_nowhere_else(
    s3: Any, job: Callable[..., str], ended: Callable[[str], Any]
) -> None:
    """Under isolation a wheel of the channel is installed, and one that is not there fails."""
    s3.put_object(Bucket=BUCKET, Key="wheels/tiny_thing-1.0-py3-none-any.whl", Body=wheel())
    source = "import tiny_thing; print(tiny_thing.ANSWER)"
    facts = ended(job(source, requirements="tiny-thing==1.0\n"))
    assert facts["TrainingJobStatus"] == "Completed", facts.get("FailureReason")
    facts = ended(job(source, requirements="numpy==2.1.0\n"))
    assert "InstallRequirementsError" in facts["FailureReason"]
    assert "numpy" in facts["FailureReason"]


def test_a_stopped_job_gets_sigterm_and_keeps_what_it_wrote(
    client: Client, s3: Any, job: Callable[..., str], ended: Callable[[str], Any]
) -> None:
    """StopTrainingJob ends as Stopped, and the model of the moment is uploaded."""
    name = job(
        """
        import os, pathlib, signal, sys, time
        def end(*_):
            pathlib.Path(os.environ["SM_MODEL_DIR"], "checkpoint").write_text("half")
            sys.exit(0)
        signal.signal(signal.SIGTERM, end)
        print("ready")
        time.sleep(60)
        """
    )
    sagemaker = client("sagemaker")

    def in_training() -> bool:
        facts = sagemaker.describe_training_job(TrainingJobName=name)
        return bool(facts["SecondaryStatus"] == "Training")

    eventually(in_training)
    time.sleep(0.5)
    sagemaker.stop_training_job(TrainingJobName=name)
    assert ended(name)["TrainingJobStatus"] == "Stopped"
    s3.head_object(Bucket=BUCKET, Key=f"models/{name}/output/model.tar.gz")


def test_a_job_that_ignores_its_time_is_killed(
    job: Callable[..., str], ended: Callable[[str], Any]
) -> None:
    """MaxRuntimeInSeconds ends a script, even one that ignores SIGTERM."""
    source = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
    facts = ended(job(source, StoppingCondition={"MaxRuntimeInSeconds": 1}))
    assert (facts["TrainingJobStatus"], facts["SecondaryStatus"]) == (
        "Stopped",
        "MaxRuntimeExceeded",
    )


def test_a_role_without_the_right_to_read_fails_the_job(
    client: Client, job: Callable[..., str], ended: Callable[[str], Any]
) -> None:
    """The job's own role is asked for its data, and the reason names the missing action."""
    bare = make_role(client, "sagemaker")
    facts = ended(job(RoleArn=bare))
    assert facts["TrainingJobStatus"] == "Failed"
    assert "Data download failed" in facts["FailureReason"]
    assert "AccessDenied" in facts["FailureReason"]


def test_a_role_that_does_not_trust_sagemaker_is_refused(
    client: Client, job: Callable[..., str]
) -> None:
    """CreateTrainingJob itself refuses it, as on AWS."""
    other = make_role(client, "lambda")
    with pytest.raises(ClientError, match=r"allows principal 'sagemaker\.amazonaws\.com'"):
        job(RoleArn=other)


def test_an_unknown_image_fails_with_its_name(
    job: Callable[..., str], ended: Callable[[str], Any]
) -> None:
    """No interpreter is guessed for an image that nothing stands for."""
    image = {"TrainingImage": "other/pytorch:2", "TrainingInputMode": "File"}
    facts = ended(job(AlgorithmSpecification=image))
    assert "other/pytorch:2" in facts["FailureReason"]
    assert "tests-image" in facts["FailureReason"]


def test_without_the_build_wheels_an_isolated_job_fails_as_on_aws(
    job: Callable[..., str], ended: Callable[[str], Any]
) -> None:
    """The image runs `pip install .`; without setuptools among the wheels it cannot build."""
    facts = ended(job(Environment={"PIP_NO_INDEX": "1"}))
    assert "no setuptools and no wheel" in facts["FailureReason"]
