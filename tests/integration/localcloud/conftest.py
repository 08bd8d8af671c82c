"""One local cloud a session, on a free port, in a process of its own; helpers over boto3."""

from __future__ import annotations

import io
import json
import socket
import sys
import textwrap
import time
import uuid
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

import localcloud
from localcloud.config import REGION

ROOT = Path(__file__).parents[3]
LAMBDA_PYTHON = ROOT / ".penstock" / "lambda" / "bin" / "python"
TIME_SCALE = 60.0
IMAGES = {"tests-image": Path(sys.executable)}  # stands for the image of training jobs


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[localcloud.Running]:
    directory = tmp_path_factory.mktemp("localcloud")
    config = localcloud.Config(free_port(), directory, TIME_SCALE, IMAGES, LAMBDA_PYTHON)
    running = localcloud.start(config)
    yield running
    localcloud.stop(directory)


@pytest.fixture(scope="session")
def client(cloud: localcloud.Running) -> Callable[[str], Any]:
    return _clients(cloud)


@pytest.fixture(scope="session")
def hasty(cloud: localcloud.Running) -> Callable[[str], Any]:
    """Clients that try once, also for a thousand threads: what is throttled is seen at once."""
    config = Config(max_pool_connections=1000, retries={"total_max_attempts": 1})
    return _clients(cloud, config=config)


def _clients(cloud: localcloud.Running, **settings: Any) -> Callable[[str], Any]:
    keys = localcloud.credentials()
    session = boto3.Session(keys["AWS_ACCESS_KEY_ID"], keys["AWS_SECRET_ACCESS_KEY"], None, REGION)
    made: dict[str, Any] = {}

    def get(service: str) -> Any:
        if service not in made:
            made[service] = session.client(service, endpoint_url=cloud.endpoint, **settings)
        return made[service]

    return get


@pytest.fixture(scope="session")
def role(client: Callable[[str], Any]) -> str:
    """A role that may do everything: these tests are about the services, not about policies."""
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "*"}, "Action": "sts:AssumeRole"}
        ],
    }
    made = client("iam").create_role(
        RoleName="tests", AssumeRolePolicyDocument=json.dumps(trust), Path="/"
    )
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    allow = {"Version": "2012-10-17", "Statement": [statement]}
    client("iam").put_role_policy(
        RoleName="tests", PolicyName="all", PolicyDocument=json.dumps(allow)
    )
    return str(made["Role"]["Arn"])


def zipped(files: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, textwrap.dedent(text))
    return buffer.getvalue()


@pytest.fixture(scope="session")
def function(client: Callable[[str], Any], role: str) -> Callable[..., str]:
    """Creates a function from source (its module is `main`, its handler `handler`)."""

    def create(source: str, **settings: Any) -> str:
        name = f"f-{uuid.uuid4().hex[:8]}"
        client("lambda").create_function(
            **{
                "FunctionName": name,
                "Runtime": "python3.14",
                "Role": role,
                "Handler": "main.handler",
                "Code": {"ZipFile": zipped({"main.py": source})},
                "Timeout": 5,
                "MemorySize": 512,
                **settings,
            }
        )
        settled(client, name)
        return name

    return create


@pytest.fixture(scope="session")
def invoke(client: Callable[[str], Any]) -> Callable[..., Any]:
    def call(name: str, event: Any = None, **more: Any) -> Any:
        answer = client("lambda").invoke(FunctionName=name, Payload=json.dumps(event), **more)
        return json.loads(answer["Payload"].read())

    return call


def settled(client: Callable[[str], Any], name: str) -> None:
    """Until the function can be invoked and changed; boto3's own waiter looks once a second."""

    def done() -> bool:
        now = client("lambda").get_function_configuration(FunctionName=name)
        return bool(now["State"] == "Active" and now["LastUpdateStatus"] == "Successful")

    eventually(done)


def eventually(check: Callable[[], Any], seconds: float = 20.0) -> Any:
    """The first truthy answer of `check`; fails when there is none in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := check():
            return answer
        time.sleep(0.1)
    pytest.fail(f"nothing came within {seconds:g} s")
