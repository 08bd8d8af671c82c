"""The shape of a definition: states that lead somewhere and have the fields of their type."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_ANY = {"Type", "Comment", "QueryLanguage", "Assign"}
_FLOW = {"Next", "End"}
_PATHS = {"InputPath", "OutputPath"}
_RESULT = {"ResultPath", "ResultSelector", "Parameters"}
_CAUGHT = {"Retry", "Catch"}
_MAP = {"ItemProcessor", "Iterator", "MaxConcurrency", "ItemReader", "ItemBatcher", "ItemSelector"}
_MAP |= {"ResultWriter", "Label", "ToleratedFailureCount", "ToleratedFailurePercentage"}
_MAP_PATHS = {"ItemsPath", "MaxConcurrencyPath", "ToleratedFailureCountPath"}
_MAP_PATHS |= {"ToleratedFailurePercentagePath"}
_LIMITS = {"TimeoutSeconds", "HeartbeatSeconds"}
# By type: what both languages have, what JSONPath has alone, what JSONata has alone.
_FIELDS: dict[str, tuple[set[str], set[str], set[str]]] = {
    "Task": (
        {"Resource"} | _LIMITS | _CAUGHT | _FLOW,
        _PATHS | _RESULT | {f"{name}Path" for name in _LIMITS},
        {"Arguments", "Output"},
    ),
    "Pass": (_FLOW, _PATHS | {"Result", "ResultPath", "Parameters"}, {"Output"}),
    "Choice": ({"Choices", "Default"}, _PATHS, {"Output"}),
    "Wait": (
        {"Seconds", "Timestamp"} | _FLOW,
        _PATHS | {"SecondsPath", "TimestampPath"},
        {"Output"},
    ),
    "Succeed": (set(), _PATHS, {"Output"}),
    "Fail": ({"Error", "Cause"}, {"ErrorPath", "CausePath"}, set()),
    "Parallel": (
        {"Branches"} | _CAUGHT | _FLOW,
        _PATHS | _RESULT,
        {"Arguments", "Output"},
    ),
    "Map": (_MAP | _CAUGHT | _FLOW, _PATHS | _RESULT | _MAP_PATHS, {"Items", "Output"}),
}
_NEEDED = {"Task": "Resource", "Choice": "Choices", "Parallel": "Branches"}
_WAITS = ("Seconds", "Timestamp", "SecondsPath", "TimestampPath")


Problem = tuple[str, str]  # (AWS's code, what is wrong and where)
_SCHEMA, _TARGET = "SCHEMA_VALIDATION_FAILED", "MISSING_TRANSITION_TARGET"


def problems(machine: dict[str, Any], path: str, language: str) -> Iterator[Problem]:
    """`machine` is the definition, a branch or a processor."""
    states = machine.get("States")
    if not isinstance(states, dict) or not states:
        yield _SCHEMA, f"The field 'States' is required but was missing at {path or '/'}"
        return
    if machine.get("StartAt") not in states:
        yield _TARGET, f"Missing 'Next' target: {machine.get('StartAt')} at {path}/StartAt"
        return
    for name, state in states.items():
        where = f"{path}/States/{name}"
        for text in _state(state, where, state.get("QueryLanguage", language)):
            yield _SCHEMA, text
        for part, inner in _inner(state):
            yield from problems(inner, f"{where}/{part}", inner.get("QueryLanguage", language))
        for target in _targets(state):
            if target not in states:
                yield _TARGET, f"Missing 'Next' target: {target} at {where}"
    for name in states.keys() - _reachable(states, machine["StartAt"]):
        yield _TARGET, f'State "{name}" is not reachable at {path}/States'


def _state(state: dict[str, Any], where: str, language: str) -> Iterator[str]:
    kind = state.get("Type", "")
    if kind not in _FIELDS:
        yield f"The field 'Type' must be one of {', '.join(sorted(_FIELDS))} at {where}/Type"
        return
    both, path, jsonata = _FIELDS[kind]
    for field in state.keys() - _ANY - both - (jsonata if language == "JSONata" else path):
        yield f"The field '{field}' is not supported by Step Functions at {where}"
    if kind in _NEEDED and not state.get(_NEEDED[kind]):
        yield f"The field '{_NEEDED[kind]}' is required but was missing at {where}"
    if kind == "Wait" and sum(name in state for name in _WAITS) != 1:
        yield f"Exactly one of {', '.join(_WAITS)} is expected at {where}"
    if kind == "Map" and not (state.get("ItemProcessor") or state.get("Iterator")):
        yield f"The field 'ItemProcessor' is required but was missing at {where}"
    if both >= _FLOW and ("Next" in state) == bool(state.get("End")):
        yield f"Exactly one of 'Next' and 'End' is expected at {where}"


def _inner(state: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for index, branch in enumerate(state.get("Branches", [])):
        yield f"Branches[{index}]", branch
    for part in ("ItemProcessor", "Iterator"):
        if part in state:
            yield part, state[part]


def _targets(state: dict[str, Any]) -> Iterator[str]:
    if "Next" in state:
        yield state["Next"]
    if "Default" in state:
        yield state["Default"]
    for rule in [*state.get("Choices", []), *state.get("Catch", [])]:
        yield rule.get("Next", "")


def _reachable(states: dict[str, Any], first: str) -> set[str]:
    found, waiting = {first}, [first]
    while waiting:
        for target in _targets(states[waiting.pop()]):
            if target in states and target not in found:
                found.add(target)
                waiting.append(target)
    return found
