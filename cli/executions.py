"""What an execution of a state machine has come to, state by state."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cli.target import Target


@dataclass
class State:
    """A state that was entered; `output` is what it left, once it was left."""

    name: str
    entered: datetime
    left: datetime | None = None
    output: dict[str, Any] = field(default_factory=dict)

    @property
    def lane(self) -> str:
        return self.name.lower()


@dataclass(frozen=True)
class Ended:
    """An execution that is over."""

    arn: str
    status: str
    output: dict[str, Any]
    why: str


def states(target: Target, arn: str) -> list[State]:
    """The states that an execution has entered so far, in order."""
    pages = target.client("stepfunctions").get_paginator("get_execution_history")
    found: list[State] = []
    for page in pages.paginate(executionArn=arn):
        for event in page["events"]:
            if name := event.get("stateEnteredEventDetails", {}).get("name"):
                found.append(State(name, event["timestamp"]))
            elif left := event.get("stateExitedEventDetails"):
                open_ = [s for s in found if s.name == left["name"] and s.left is None]
                for state in open_[:1]:
                    state.left = event["timestamp"]
                    state.output = json.loads(left.get("output") or "{}")
    return found


def ended(target: Target, arn: str) -> Ended | None:
    """How it ended; None while it runs."""
    found = target.client("stepfunctions").describe_execution(executionArn=arn)
    if found["status"] == "RUNNING":
        return None
    why = f"{found.get('error', '')} {found.get('cause', '')}".strip()
    return Ended(arn, found["status"], json.loads(found.get("output") or "{}"), why)
