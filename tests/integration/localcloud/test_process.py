"""The server starts clean, says what it is, is found, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from conftest import LAMBDA_PYTHON, ROOT, eventually, free_port, zipped

import localcloud
from localcloud.config import Config, LocalCloudError


def get(url: str, **headers: str) -> tuple[int, dict[str, Any]]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def answers(endpoint: str) -> bool:
    try:
        return get(f"{endpoint}/_localcloud/health")[0] == 200
    except OSError:
        return False


def group_members(group: int) -> list[int]:
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == group and fields[0] != "Z":
            found.append(int(status.parent.name))
    return found


def test_health_names_services_and_what_is_only_recorded(cloud: localcloud.Running) -> None:
    status, body = get(f"{cloud.endpoint}/_localcloud/health")
    assert status == 200
    assert body["ready"] is True
    assert "ministack" in body["version"]
    assert {"lambda", "s3", "states"} <= set(body["services"])
    assert all(item["what"] and item["why"] for item in body["recorded"])
    assert body["recorded"]


@pytest.mark.parametrize("origin", ["https://example.com", "null", "http://127.0.0.1:1"])
def test_a_foreign_web_page_is_refused(cloud: localcloud.Running, origin: str) -> None:
    status, body = get(f"{cloud.endpoint}/_localcloud/health", Origin=origin)
    assert status == 403
    assert origin in body["error"]
    assert get(f"{cloud.endpoint}/_localcloud/health", Origin=cloud.endpoint)[0] == 200


def test_a_bucket_that_demands_tls_is_served(client: Callable[[str], Any]) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket="tls-only")
    deny = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": ["arn:aws:s3:::tls-only", "arn:aws:s3:::tls-only/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        ],
    }
    s3.put_bucket_policy(Bucket="tls-only", Policy=json.dumps(deny))
    s3.put_object(Bucket="tls-only", Key="k", Body=b"1")


def test_wrong_credentials_are_refused(cloud: localcloud.Running) -> None:
    session = boto3.Session("AKIA", "x", None, "us-east-1")
    stranger = session.client("s3", endpoint_url=cloud.endpoint)
    with pytest.raises(ClientError):
        stranger.list_buckets()


def test_the_server_inherits_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A session token or profile of the caller's must not leak into it, nor a proxy."""
    monkeypatch.setenv("AWS_SESSION_TOKEN", "real")
    monkeypatch.setenv("SECRET_OF_MINE", "real")
    config = Config(free_port(), tmp_path, 1, {}, LAMBDA_PYTHON)
    running = localcloud.start(config)
    try:
        seen = Path(f"/proc/{running.pid}/environ").read_bytes().decode()
        assert "real" not in seen
    finally:
        localcloud.stop(tmp_path)


def test_start_find_stop_leave_no_process(tmp_path: Path) -> None:
    """Also with a warm function and with one in mid-invocation."""
    config = Config(free_port(), tmp_path, 60, {}, LAMBDA_PYTHON)
    began = time.monotonic()
    running = localcloud.start(config)
    assert time.monotonic() - began < 10.0  # 0.7 s on an idle machine
    assert localcloud.find(tmp_path) == running
    with pytest.raises(LocalCloudError, match="already runs a local cloud"):
        localcloud.start(config)
    workers = _busy_function(running)
    assert len(workers) == 2
    assert localcloud.stop(tmp_path) is True
    assert group_members(running.pid) == []
    assert localcloud.find(tmp_path) is None
    assert localcloud.stop(tmp_path) is False
    localcloud.start(config)  # the port is free again
    localcloud.stop(tmp_path)


def _busy_function(running: localcloud.Running) -> list[int]:
    session = boto3.Session(*localcloud.credentials().values(), None, "us-east-1")
    role = session.client("iam", endpoint_url=running.endpoint).create_role(
        RoleName="r",
        AssumeRolePolicyDocument='{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", '
        '"Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}',
    )["Role"]["Arn"]
    lambda_ = session.client("lambda", endpoint_url=running.endpoint)
    lambda_.create_function(
        FunctionName="sleeper",
        Runtime="python3.14",
        Role=role,
        Handler="main.handler",
        Timeout=60,
        Code={"ZipFile": zipped({"main.py": "import time\ndef handler(e, c): time.sleep(50)\n"})},
    )
    lambda_.get_waiter("function_active_v2").wait(FunctionName="sleeper", WaiterConfig={"Delay": 1})
    lambda_.invoke(FunctionName="sleeper", InvocationType="Event", Payload="{}")
    return eventually(lambda: members if len(members := group_members(running.pid)) == 2 else None)  # type: ignore[no-any-return]


def test_a_port_in_use_is_one_clear_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(LocalCloudError, match=f"^port {port} on 127.0.0.1 is in use[^\n]*$"):
            localcloud.start(Config(port, tmp_path))


def test_a_stale_state_file_is_no_server(tmp_path: Path) -> None:
    """The pid in it belongs to somebody else by now, and is not signalled."""
    with subprocess.Popen(["sleep", "30"]) as innocent:
        state = {"pid": innocent.pid, "port": 1, "started": 0}
        (tmp_path / "server.json").write_text(json.dumps(state))
        assert localcloud.find(tmp_path) is None
        assert localcloud.stop(tmp_path) is False
        assert innocent.poll() is None
        innocent.kill()


def test_ctrl_c_ends_the_foreground_server(tmp_path: Path) -> None:
    arguments = Config(free_port(), tmp_path, 1, {}, LAMBDA_PYTHON).arguments()
    with subprocess.Popen(
        [sys.executable, "-m", "localcloud", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        start_new_session=True,
        stderr=subprocess.DEVNULL,
    ) as server:
        running = eventually(lambda: localcloud.find(tmp_path))
        eventually(lambda: answers(running.endpoint))
        server.send_signal(signal.SIGINT)
        assert server.wait(8) == 0
        assert group_members(server.pid) == []


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"port": 0}, "port 0"),
        ({"time_scale": 0.5}, "time scale 0.5"),
        ({"images": {"a b": "x"}}, "image name"),
    ],
)
def test_an_impossible_configuration_is_refused(change: dict[str, Any], text: str) -> None:
    with pytest.raises(LocalCloudError, match=text):
        Config(**{"port": 4566, "directory": Path("x"), **change})
