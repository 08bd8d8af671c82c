"""The states that only look at their input: Pass, Wait, Succeed and Fail."""

from __future__ import annotations

from typing import Any

from localcloud import clock
from localcloud.states.engine import values
from localcloud.states.engine.attempts import Next
from localcloud.states.engine.choice import timestamp
from localcloud.states.engine.fault import Bad, Ended, Fault
from localcloud.states.engine.scope import Scope


def passing(state: dict[str, Any], scope: Scope, raw: Any) -> Next:
    if scope.jsonata:
        output = values.jsonata(state["Output"], scope, raw) if "Output" in state else raw
        values.assign(state, scope, raw)
        return output, state.get("Next")
    result = state["Result"] if "Result" in state else values.entering(state, scope, raw)
    return values.leaving(state, scope, raw, result), state.get("Next")


def succeed(state: dict[str, Any], scope: Scope, raw: Any) -> Next:
    if scope.jsonata:
        return (values.jsonata(state["Output"], scope, raw) if "Output" in state else raw), None
    return values.outgoing(state, scope, values.entering(state, scope, raw)), None


def fail(state: dict[str, Any], scope: Scope, raw: Any) -> Next:
    error, cause = (values.setting(state, name, scope, raw, None) for name in ("Error", "Cause"))
    for name, found in (("Error", error), ("Cause", cause)):
        if found is not None and not isinstance(found, str):
            raise Bad(f"The {name} of a Fail state must be a string, not {found!r}")
    raise Fault(error or "", cause or "")


def wait(state: dict[str, Any], scope: Scope, raw: Any) -> Next:
    data = raw if scope.jsonata else values.entering(state, scope, raw)
    if not _until(state, scope, data).wait(scope.cancelled):
        raise Ended
    if not scope.jsonata:
        values.assign(state, scope, data)
        return values.outgoing(state, scope, data), state.get("Next")
    values.assign(state, scope, raw)
    output = values.jsonata(state["Output"], scope, raw) if "Output" in state else raw
    return output, state.get("Next")


def _until(state: dict[str, Any], scope: Scope, data: Any) -> clock.Deadline:
    """Seconds are a duration, which the clock shrinks; a Timestamp is a point in time."""
    if "Timestamp" in state or "TimestampPath" in state:
        text = values.setting(state, "Timestamp", scope, data, None)
        moment = timestamp(text)
        if moment is None:
            reason = f"The Timestamp {text!r} is no ISO 8601 time with its zone"
            raise Fault("States.QueryEvaluationError", reason) if scope.jsonata else Bad(reason)
        return clock.at(moment.timestamp())
    seconds = values.number(state, "Seconds", scope, data, 0)
    if seconds != int(seconds) or seconds > 99_999_999:
        reason = f"Seconds must be an integer of up to 99999999, not {seconds!r}"
        raise Fault("States.QueryEvaluationError", reason) if scope.jsonata else Bad(reason)
    return clock.after(seconds)
