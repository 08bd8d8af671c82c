"""A local cloud of its own for one test module, and the real CDK CLI before it."""

import contextlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

import localcloud
from localcloud.config import ACCOUNT, REGION

ROOT = Path(__file__).resolve().parents[3]
LAMBDA_PYTHON = ROOT / ".penstock" / "lambda" / "bin" / "python"
TIME_SCALE = 60.0


@dataclass
class Cloud:
    running: localcloud.Running
    port: int
    directory: Path
    assemblies: Path

    def environment(self) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return own | {
            **localcloud.credentials(),
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": self.running.endpoint,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "CDK_DISABLE_CLI_TELEMETRY": "true",
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        }

    def client(self, service: str) -> Any:
        keys = localcloud.credentials()
        session = boto3.Session(
            keys["AWS_ACCESS_KEY_ID"], keys["AWS_SECRET_ACCESS_KEY"], None, REGION
        )
        return session.client(service, endpoint_url=self.running.endpoint)

    def start(self, *words: str, app: str = "") -> subprocess.Popen[str]:
        given = str(self.assemblies / app) if app else ""
        cli = str(ROOT / "node_modules" / ".bin" / "cdk")
        return subprocess.Popen(
            [cli, *words, "--app", given, "--ci"],
            cwd=self.directory,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def cdk(self, *words: str, app: str = "", code: int = 0) -> str:
        child = self.start(*words, app=app)
        output, _ = child.communicate(timeout=120)
        assert child.returncode == code, output[-6000:]
        return output

    def deploy(self, app: str, *stacks: str, code: int = 0) -> str:
        return self.cdk(*deployment(*stacks), app=app, code=code)

    def bootstrap(self) -> None:
        self.cdk("bootstrap", f"aws://{ACCOUNT}/{REGION}")

    def outputs(self, stack: str) -> dict[str, str]:
        found = self.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
        return {one["OutputKey"]: one["OutputValue"] for one in found["Outputs"]}

    def resources(self) -> dict[str, list[str]]:
        """All that the two apps could leave behind. Log groups of functions are not among it:
        Lambda makes them when it first writes, and no stack owns them, here as on AWS."""
        asked: dict[str, Callable[[], list[Any]]] = {
            "aliases and mappings": lambda: self._list("lambda", "list_event_source_mappings"),
            "alarms": lambda: self._list("cloudwatch", "describe_alarms"),
            "applications": lambda: self._list("codedeploy", "list_applications"),
            "buckets": lambda: self._list("s3", "list_buckets"),
            "functions": lambda: self._list("lambda", "list_functions"),
            "parameters": lambda: self._list("ssm", "describe_parameters"),
            "policies": lambda: self.client("iam").list_policies(Scope="Local")["Policies"],
            "queues": lambda: self._list("sqs", "list_queues"),
            "roles": lambda: self._list("iam", "list_roles"),
            "stacks": lambda: self._list("cloudformation", "describe_stacks"),
            "state machines": lambda: self._list("stepfunctions", "list_state_machines"),
            "tables": lambda: self._list("dynamodb", "list_tables"),
        }
        return {what: sorted(map(_name, ask())) for what, ask in asked.items()}

    def _list(self, service: str, operation: str) -> list[Any]:
        answer = getattr(self.client(service), operation)()
        found = (value for value in answer.values() if isinstance(value, list) and value)
        return next(found, [])


def _name(found: Any) -> str:
    if isinstance(found, str):
        return found
    names = (
        "StackName",
        "name",
        "AlarmName",
        "FunctionName",
        "RoleName",
        "PolicyName",
        "UUID",
        "Name",
    )
    return next(str(found[name]) for name in names if name in found)


def deployment(*stacks: str) -> list[str]:
    words = ["deploy", *(stacks or ["--all"]), "--concurrency", "3"]
    return [*words, "--require-approval", "never", "--progress", "events"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def started(directory: Path, port: int) -> localcloud.Running:
    return localcloud.start(
        localcloud.Config(port, directory, TIME_SCALE, {}, lambda_python=LAMBDA_PYTHON)
    )


def stopped(directory: Path) -> None:
    with contextlib.suppress(localcloud.LocalCloudError):
        localcloud.stop(directory)


def message(**words: Any) -> str:
    return json.dumps(words)
