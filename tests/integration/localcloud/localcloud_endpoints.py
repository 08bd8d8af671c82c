"""What tests of endpoints share: models of a few lines, their endpoints, and how these end."""

from __future__ import annotations

import io
import json
import tarfile
import textwrap
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from conftest import eventually
from localcloud_jobs import IMAGE

Client = Callable[[str], Any]

# Says which model answered, and does what the request asks for.
SCRIPT = """
import json, os, time

def model_fn(model_dir):
    with open(os.path.join(model_dir, "name.txt")) as file:
        return file.read()

def input_fn(body, content_type):
    return json.loads(body)

def predict_fn(data, name):
    if data.get("print"):
        print(data["print"])
    if data.get("sleep"):
        time.sleep(data["sleep"])
    if data.get("fail"):
        raise ValueError(data["fail"])
    if data.get("die"):
        os._exit(9)
    return {"name": name, "echo": data, "pid": os.getpid()}

def output_fn(prediction, accept):
    return json.dumps(prediction), "application/json"
"""


def archive(files: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, text in files.items():
            content = textwrap.dedent(text).encode()
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def container(client: Client, bucket: str, files: dict[str, str]) -> dict[str, Any]:
    """A container of the tests' image with these files as its model.tar.gz."""
    key = f"models/{uuid.uuid4().hex[:8]}/model.tar.gz"
    client("s3").put_object(Bucket=bucket, Key=key, Body=archive(files))
    return {"Image": IMAGE, "ModelDataUrl": f"s3://{bucket}/{key}"}


def model(client: Client, bucket: str, role: str, script: str = SCRIPT, **changes: Any) -> str:
    """A model that calls itself by its own name."""
    name = f"m-{uuid.uuid4().hex[:8]}"
    files = {"name.txt": name, "code/inference.py": script}
    given = {"PrimaryContainer": container(client, bucket, files), "ExecutionRoleArn": role}
    client("sagemaker").create_model(ModelName=name, **{**given, **changes})
    return name


def variant(model_name: str, name: str = "AllTraffic", **more: Any) -> dict[str, Any]:
    given: dict[str, Any] = {"VariantName": name, "ModelName": model_name}
    if "ServerlessConfig" not in more:
        given |= {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    return {**given, **more}


def config(client: Client, *variants: dict[str, Any], **more: Any) -> str:
    name = f"c-{uuid.uuid4().hex[:8]}"
    client("sagemaker").create_endpoint_config(
        EndpointConfigName=name, ProductionVariants=list(variants), **more
    )
    return name


def described(client: Client, name: str) -> Any:
    return client("sagemaker").describe_endpoint(EndpointName=name)


def settled(client: Client, name: str, seconds: float = 20) -> Any:
    """The endpoint's description once it is neither being made nor changed."""

    def done() -> Any:
        facts = described(client, name)
        return facts if facts["EndpointStatus"] in ("InService", "Failed") else None

    return eventually(done, seconds)


@contextmanager
def endpoint(client: Client, config_name: str) -> Iterator[str]:
    """In service inside of the block, and gone after it."""
    name = f"e-{uuid.uuid4().hex[:8]}"
    client("sagemaker").create_endpoint(EndpointName=name, EndpointConfigName=config_name)
    try:
        facts = settled(client, name)
        assert facts["EndpointStatus"] == "InService", facts.get("FailureReason")
        yield name
    finally:
        settled(client, name)
        client("sagemaker").delete_endpoint(EndpointName=name)


def ask(client: Client, name: str, data: Any = None, **more: Any) -> Any:
    """The model's answer to `data` as JSON."""
    given = {"ContentType": "application/json", "Body": json.dumps(data or {})}
    answer = client("sagemaker-runtime").invoke_endpoint(EndpointName=name, **{**given, **more})
    return json.loads(answer["Body"].read())
