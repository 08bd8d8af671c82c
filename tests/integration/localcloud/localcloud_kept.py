"""What tests of ends and restarts share: a cloud of their own that keeps its state."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import boto3
from conftest import LAMBDA_PYTHON, eventually, free_port, settled, zipped

import localcloud
from localcloud.config import REGION, Config

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "*"}, "Action": "sts:AssumeRole"}],
}
ALL = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}


class Cloud:
    """Up, down and killed; `client` reaches whichever server is up."""

    def __init__(self, directory: Path, scale: float = 60.0) -> None:
        images = {"tests-image": Path(sys.executable)}
        self.config = Config(free_port(), directory, scale, images, LAMBDA_PYTHON, True)
        keys = localcloud.credentials()
        self._session = boto3.Session(
            keys["AWS_ACCESS_KEY_ID"], keys["AWS_SECRET_ACCESS_KEY"], None, REGION
        )
        self._clients: dict[str, Any] = {}
        self.up()

    def up(self) -> None:
        self.running = localcloud.start(self.config)

    def down(self) -> None:
        localcloud.stop(self.config.directory)

    def again(self) -> None:
        self.down()
        self.up()

    def saved(self) -> None:
        """Until a snapshot has been taken that began after this call: the second one from now."""
        first = self._later_than(time.time())
        self._later_than(first)

    def _later_than(self, moment: float) -> float:
        path = self.config.kept / "snapshot"

        def later() -> float | None:
            return at if path.exists() and (at := path.stat().st_mtime) > moment else None

        return float(eventually(later, 15))

    def kill(self) -> list[int]:
        """SIGKILL for the server; the processes that it had, once its guardian has ended."""
        had = below(self.running.pid)
        os.kill(self.running.pid, signal.SIGKILL)
        guardian = self.running.guardian
        assert guardian is not None
        eventually(lambda: not alive(guardian))
        return had

    def client(self, service: str) -> Any:
        if service not in self._clients:
            endpoint = self.config.endpoint
            self._clients[service] = self._session.client(service, endpoint_url=endpoint)
        return self._clients[service]

    def role(self) -> str:
        iam = self.client("iam")
        made = iam.create_role(RoleName="all", AssumeRolePolicyDocument=json.dumps(TRUST))
        iam.put_role_policy(RoleName="all", PolicyName="all", PolicyDocument=json.dumps(ALL))
        return str(made["Role"]["Arn"])

    def function(self, name: str, source: str, role: str, **settings: Any) -> None:
        self.client("lambda").create_function(
            FunctionName=name,
            Runtime="python3.14",
            Role=role,
            Handler="main.handler",
            Code={"ZipFile": zipped({"main.py": source})},
            Timeout=60,
            **settings,
        )
        settled(self.client, name)

    def buckets(self) -> list[str]:
        return [bucket["Name"] for bucket in self.client("s3").list_buckets()["Buckets"]]

    def invoke(self, name: str, **words: Any) -> Any:
        return json.load(self.client("lambda").invoke(FunctionName=name, **words)["Payload"])


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def below(pid: int) -> list[int]:
    """Every process that descends from this one, itself included."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found
