"""A job's record: plain data that is kept, and a lock around it that is not."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self

from localcloud import events, tables
from localcloud.json_service import Document

TERMINAL = ("Completed", "Failed", "Stopped")


@dataclass
class State:
    request: Document
    arn: str
    name: str
    status: str = "InProgress"
    extra: Document = field(default_factory=dict)
    transitions: list[Document] = field(default_factory=list)
    created: datetime = field(default_factory=lambda: now())
    modified: datetime = field(default_factory=lambda: now())


class JobRecord:
    """One kind of job: its table, the word in its members' names, the type in its ARN."""

    table = ""
    kind = ""
    resource = ""

    def __init__(self, state: State) -> None:
        self.state = state
        self.lock = threading.Lock()

    @classmethod
    def create(cls, request: Document, arn: str) -> Self:
        """The record of a job that begins now; its first event is sent."""
        record = cls(State(request, arn, request[f"{cls.kind}JobName"]))
        record.begin()
        return record

    def begin(self) -> None:
        self.emit()

    def fail(self, reason: str) -> None:
        raise NotImplementedError

    @classmethod
    def kept(cls) -> dict[str, State]:
        return tables.table(cls.table)

    @property
    def request(self) -> Document:
        return self.state.request

    @property
    def arn(self) -> str:
        return self.state.arn

    @property
    def name(self) -> str:
        return self.state.name

    @property
    def status(self) -> str:
        return self.state.status

    @property
    def extra(self) -> Document:
        return self.state.extra

    def describe(self) -> Document:
        state = self.state
        with self.lock:
            return {
                **{k: v for k, v in state.request.items() if k != "Tags"},
                f"{self.kind}JobArn": state.arn,
                f"{self.kind}JobStatus": state.status,
                "CreationTime": state.created,
                "LastModifiedTime": state.modified,
                **state.extra,
            }

    def summary(self, *more: str) -> Document:
        names = (f"{self.kind}JobName", f"{self.kind}JobArn", f"{self.kind}JobStatus")
        times = ("CreationTime", f"{self.kind}EndTime", "LastModifiedTime")
        facts = self.describe()
        return {name: facts[name] for name in (*names, *times, *more) if name in facts}

    def emit(self) -> None:
        tags = {tag["Key"]: tag["Value"] for tag in self.request.get("Tags", [])}
        detail: dict[str, Any] = {**self.describe(), "Tags": tags}
        detail.pop("Environment", None)  # may hold secrets; AWS leaves it out as well
        events.put("aws.sagemaker", f"SageMaker {self.kind} Job State Change", detail, [self.arn])


def now() -> datetime:
    return datetime.now(UTC)
