"""Retry and Catch, the same for Task, Parallel and Map."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from localcloud import clock
from localcloud.states.engine import values
from localcloud.states.engine.fault import TERMINAL, Ended, Fault
from localcloud.states.engine.scope import Scope

Next = tuple[Any, str | None]


def guarded(state: dict[str, Any], scope: Scope, raw: Any, attempt: Callable[[], Any]) -> Next:
    """The attempt's output and what follows; a caught error's, when no retrier takes it."""
    used: dict[int, int] = {}
    entered = scope.context["State"]
    while True:
        scope.context["State"] = {**entered, "RetryCount": sum(used.values())}
        try:
            return attempt(), state.get("Next")
        except Fault as fault:
            scope.check()
            if (delay := _delay(state.get("Retry", []), fault.error, used)) is not None:
                scope.place.pop("parts", None)  # what is tried again is tried as a whole
                if not clock.sleep(delay, scope.cancelled):
                    raise Ended from fault
                continue
            catcher = _first(state.get("Catch", []), fault.error)
            if catcher is None:
                raise
            return _caught(catcher[1], scope, raw, fault), catcher[1]["Next"]


def _first(clauses: list[dict[str, Any]], error: str) -> tuple[int, dict[str, Any]] | None:
    return next(((i, one) for i, one in enumerate(clauses) if takes(one, error)), None)


def takes(clause: dict[str, Any], error: str) -> bool:
    names = clause["ErrorEquals"]
    if error == "States.Runtime":
        return False  # nothing catches it, not even by its name
    if error in names or (error == "States.HeartbeatTimeout" and "States.Timeout" in names):
        return True
    if "States.ALL" in names:
        return error not in TERMINAL
    return "States.TaskFailed" in names and error != "States.Timeout" and error not in TERMINAL


def _delay(retriers: list[dict[str, Any]], error: str, used: dict[int, int]) -> float | None:
    """AWS seconds until the next attempt; None when there is none. The first retrier that takes
    the error decides, and each counts its own attempts."""
    found = _first(retriers, error)
    if found is None:
        return None
    index, retrier = found
    count = used.get(index, 0)
    if count >= retrier.get("MaxAttempts", 3):
        return None
    used[index] = count + 1
    return interval(retrier, count)


def interval(retrier: dict[str, Any], count: int) -> float:
    delay = retrier.get("IntervalSeconds", 1) * retrier.get("BackoffRate", 2.0) ** count
    delay = min(delay, retrier.get("MaxDelaySeconds", 31_622_400))
    jitter = retrier.get("JitterStrategy", "NONE") == "FULL"
    return float(random.uniform(0, delay) if jitter else delay)


def _caught(catcher: dict[str, Any], scope: Scope, raw: Any, fault: Any) -> Any:
    told = {"Error": fault.error, "Cause": fault.cause}
    if scope.jsonata:
        values.assign(catcher, scope, raw, error_output=told)
        if "Output" in catcher:
            return values.jsonata(catcher["Output"], scope, raw, error_output=told)
        return told
    values.assign(catcher, scope, told)
    return values.placed(catcher.get("ResultPath", "$"), raw, told)
