"""The events of an execution, in AWS's shapes; what the machine logs is written from here."""

from __future__ import annotations

from typing import Any

from ministack.core.responses import now_iso

from localcloud.states.engine import journal
from localcloud.states.engine.fault import Bad, Ended
from localcloud.states.engine.scope import Run, Scope

_MOST = 25_000
_LAST = ("ExecutionSucceeded", "ExecutionFailed", "ExecutionAborted", "ExecutionTimedOut")


def add(scope: Scope, kind: str, details: dict[str, Any] | None = None) -> int:
    """Write down what happened in a scope; gives the event's id. Nothing is written any more by
    what goes on after its execution has ended."""
    scope.check()
    event = write(scope.run, kind, details, scope.previous)
    scope.previous = event
    return event


def write(run: Run, kind: str, details: dict[str, Any] | None, previous: int) -> int:
    with run.lock:
        if run.cancelled.is_set() and kind not in _LAST:
            raise Ended
        events = run.record["events"]
        if len(events) >= _MOST - 1 and kind not in _LAST:
            raise Bad(f"The execution reached the maximum number of history events ({_MOST}).")
        event = {
            "id": len(events) + 1,
            "previousEventId": previous,
            "type": kind,
            "timestamp": now_iso(),
        }
        if details is not None:
            event[_key(kind)] = details
        events.append(event)
    journal.write(run, event, _key(kind))
    return int(event["id"])


def _key(kind: str) -> str:
    for ending in ("StateEntered", "StateExited"):
        if kind.endswith(ending):
            return ending[0].lower() + ending[1:] + "EventDetails"
    return kind[0].lower() + kind[1:] + "EventDetails"
