"""What tests of SageMaker jobs share: a bucket, the code of a job, its request, and its end."""

from __future__ import annotations

import io
import tarfile
import textwrap
import uuid
from collections.abc import Callable
from typing import Any

from conftest import eventually

IMAGE = "1.dkr.ecr.us-east-1.amazonaws.com/tests-image:1.0"


def packed(source: str) -> bytes:
    """A sourcedir.tar.gz whose program is train.py."""
    content, buffer = textwrap.dedent(source).encode(), io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        entry = tarfile.TarInfo("train.py")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def unpacked(s3: Any, bucket: str, key: str) -> dict[str, str]:
    """The files of a tar.gz in S3, by name."""
    data = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        files = [member for member in archive.getmembers() if member.isfile()]
        return {f.name: archive.extractfile(f).read().decode() for f in files}  # type: ignore[union-attr]


def channel(name: str, uri: str, **more: Any) -> dict[str, Any]:
    source = {"S3DataType": "S3Prefix", "S3Uri": uri, **more}
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}}


def train(client: Callable[[str], Any], bucket: str, role: str, source: str, **changes: Any) -> str:
    """Starts a training of `source` in script mode; gives the job's name."""
    name = f"job-{uuid.uuid4().hex[:8]}"
    key = f"code/{name}/sourcedir.tar.gz"
    client("s3").put_object(Bucket=bucket, Key=key, Body=packed(source))
    request = {
        "TrainingJobName": name,
        "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        "RoleArn": role,
        "HyperParameters": {
            "sagemaker_program": "train.py",
            "sagemaker_submit_directory": f"s3://{bucket}/{key}",
        },
        "OutputDataConfig": {"S3OutputPath": f"s3://{bucket}/models"},
        "ResourceConfig": {
            "InstanceType": "ml.m5.large",
            "InstanceCount": 1,
            "VolumeSizeInGB": 5,
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
    }
    client("sagemaker").create_training_job(**{**request, **changes})
    return name


def described(client: Callable[[str], Any], name: str) -> Any:
    return client("sagemaker").describe_training_job(TrainingJobName=name)


def ended(client: Callable[[str], Any], name: str) -> Any:
    """The training job's description once it is in a terminal status."""

    def check() -> Any:
        facts = described(client, name)
        return facts if facts["TrainingJobStatus"] in ("Completed", "Failed", "Stopped") else None

    return eventually(check, 20)


def passed(facts: Any) -> list[str]:
    return [step["Status"] for step in facts["SecondaryStatusTransitions"]]
