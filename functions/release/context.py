"""What every step is given: settings, the use case, the execution, and AWS."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from functions.release.settings import FunctionSettings, Settings

State = Mapping[str, Any]
USECASE_DIR = Path(__file__).resolve().parents[2] / "usecase"


class Clients:
    """boto3 clients, each made when a step first wants it and kept for the next invocation."""

    @cached_property
    def awslambda(self) -> Any:
        return client("lambda")

    @cached_property
    def dynamodb(self) -> Any:
        return client("dynamodb")

    @cached_property
    def s3(self) -> Any:
        return client("s3")

    @cached_property
    def sagemaker(self) -> Any:
        return client("sagemaker")

    @cached_property
    def codedeploy(self) -> Any:
        return client("codedeploy")

    @cached_property
    def stepfunctions(self) -> Any:
        return client("stepfunctions")

    @cached_property
    def cloudwatch(self) -> Any:
        return client("cloudwatch")

    @cached_property
    def logs(self) -> Any:
        return client("logs")


def client(service: str) -> Any:
    import boto3  # not at the top: logic and its tests need no AWS

    return boto3.client(service)


@dataclass(frozen=True)
class Release:
    """One execution's surroundings: its ARN, when it started (ISO 8601), what it acts on.

    `usecase_dir` is the deployed use case, not the artifact's.
    """

    settings: Settings
    execution: str
    started: str
    aws: Clients
    usecase_dir: Path = USECASE_DIR
    now: Callable[[], float] = field(default=time.time)
    sleep: Callable[[float], None] = field(default=time.sleep)

    @cached_property
    def usecase(self) -> dict[str, Any]:
        """usecase.json as plain data: it was validated when the stack was synthesised."""
        text = (self.usecase_dir / "usecase.json").read_text(encoding="utf-8")
        return json.loads(text)  # type: ignore[no-any-return]

    @property
    def name(self) -> str:
        return str(self.usecase["name"])

    @property
    def strategy(self) -> str:
        return str(self.usecase["serving"]["strategy"])


@dataclass(frozen=True)
class FunctionRelease(Release):
    """A release of the predict function, and not of an endpoint."""

    settings: FunctionSettings
