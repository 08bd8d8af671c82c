"""What happened in each state of an execution, put together from its history."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from localcloud.page.bounded import Document, seconds, text

_FAILING = ("Failed", "TimedOut", "Aborted")


@dataclass
class Visit:
    """One time that a state was entered."""

    name: str
    began: float | None
    input: str | None
    ended: float | None = None
    output: str | None = None
    errors: list[Document] = field(default_factory=list)
    failing: bool = False
    exited: bool = False

    def status(self, execution: str) -> str:
        if self.exited:
            return "caught" if self.failing else "succeeded"
        if execution == "RUNNING":
            return "running"
        return "failed" if self.failing else "aborted"

    def hear(self, kind: str, details: Document, moment: float | None) -> None:
        self.failing = kind.endswith(_FAILING)
        told = self.failing and not kind.startswith(("Execution", "MapIteration"))
        if told and (details.get("error") or details.get("cause")):
            facts = {"error": details.get("error"), "cause": text(details.get("cause"))}
            self.errors.append({"time": moment, "event": kind, **facts})


def visits(events: Iterable[dict[str, Any]]) -> list[Visit]:
    """In the order in which the states were entered; an event belongs to its predecessor's."""
    found: list[Visit] = []
    of_event: dict[int, Visit] = {}
    for event in events:
        kind, moment, details = event["type"], seconds(event["timestamp"]), _details(event)
        if kind.endswith("StateEntered"):
            visit = Visit(details["name"], moment, details.get("input"))
            found.append(visit)
        elif event["previousEventId"] in of_event:
            visit = of_event[event["previousEventId"]]
            _hear(visit, kind, details, moment)
        else:
            continue
        of_event[event["id"]] = visit
    return found


def _hear(visit: Visit, kind: str, details: Document, moment: float | None) -> None:
    if kind.endswith("StateExited"):
        visit.exited, visit.ended, visit.output = True, moment, details.get("output")
        return
    visit.hear(kind, details, moment)
    if kind == "ExecutionFailed" and not visit.errors:  # a Fail state, or a fault of its own
        facts = {"error": details.get("error"), "cause": text(details.get("cause"))}
        visit.errors.append({"time": moment, "event": kind, **facts})
    if visit.failing:
        visit.ended = moment


def _details(event: dict[str, Any]) -> Document:
    return next((dict(v) for k, v in event.items() if k.endswith("EventDetails")), {})


def summary(of_state: list[Visit], execution: str) -> Document:
    """One colour for all visits: what still runs, else what failed, else what came last."""
    statuses = [visit.status(execution) for visit in of_state]
    chosen = next((s for s in ("running", "failed") if s in statuses), statuses[-1])
    return {
        "status": chosen,
        "visits": len(of_state),
        "errors": sum(len(visit.errors) for visit in of_state),
    }


def shown(visit: Visit, execution: str) -> Document:
    return {
        "status": visit.status(execution),
        "began": visit.began,
        "ended": visit.ended,
        "input": text(visit.input),
        "output": text(visit.output),
        "errors": visit.errors,
    }
