"""Refuses a state machine whose tasks name what AWS does not have, as CreateStateMachine does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from localcloud.states import names, parameters, resource, structure

_TYPES: dict[str, Any] = {
    "string": str,
    "integer": int,
    "long": int,
    "boolean": bool,
    "double": (int, float),
    "float": (int, float),
    "structure": dict,
    "map": dict,
    "list": list,
}


def problem(definition: str, kind: str = "STANDARD") -> str | None:
    """The first thing that is wrong with the definition, in CreateStateMachine's words, or None."""
    found = next(problems(definition, kind), None)
    if found is None:
        return None
    code, text = found
    return f"Invalid State Machine Definition: '{code}: {text}'"


def problems(definition: str, kind: str) -> Iterator[tuple[str, str]]:
    """(AWS's code, what is wrong and where); `kind` is STANDARD or EXPRESS."""
    try:
        document = json.loads(definition)
    except ValueError as error:
        yield "INVALID_JSON_DESCRIPTION", str(error)
        return
    language = document.get("QueryLanguage", "JSONPath")
    yield from structure.problems(document, "", language)
    if not isinstance(document.get("States"), dict):
        return
    for path, state in _tasks(document, ""):
        for text in _task_problems(state, path, state.get("QueryLanguage", language)):
            yield "SCHEMA_VALIDATION_FAILED", text
        if kind == "EXPRESS" and (wrong := _not_express(str(state.get("Resource", "")))):
            yield "SCHEMA_VALIDATION_FAILED", f"{wrong} at {path}/Resource"


def _not_express(resource: str) -> str | None:
    for pattern in (".sync", ".waitForTaskToken", ":activity:"):
        if pattern in resource:
            return f"Express state machine does not support '{pattern}' service integration"
    return None


def _tasks(document: dict[str, Any], path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, state in document.get("States", {}).items():
        where = f"{path}/States/{name}"
        if state.get("Type") == "Task":
            yield where, state
        for index, branch in enumerate(state.get("Branches", [])):
            yield from _tasks(branch, f"{where}/Branches[{index}]")
        for key in ("Iterator", "ItemProcessor"):
            yield from _tasks(state.get(key, {}), f"{where}/{key}")


def _task_problems(state: dict[str, Any], path: str, language: str) -> Iterator[str]:
    try:
        found = resource.parse(state.get("Resource", ""))
    except ValueError as error:
        yield f"{error} at {path}/Resource"
        return
    member = "Arguments" if language == "JSONata" else "Parameters"
    values = state.get(member, {})
    # What an expression gives is known when the task runs; it is checked then.
    if found is not None and isinstance(values, dict):
        written = parameters.with_texts(found.service, values, sdk=found.sdk)
        yield from _problems(found.shape, written, f"{path}/{member}")


def _problems(shape: Any, value: Any, path: str) -> Iterator[str]:
    kind = shape.type_name if shape is not None else ""
    if kind == "structure" and isinstance(value, dict):
        yield from _structure(shape, value, path)
    elif kind == "list" and isinstance(value, list):
        for index, part in enumerate(value):
            yield from _problems(shape.member, part, f"{path}[{index}]")
    elif kind == "map" and isinstance(value, dict):
        for key, part in value.items():
            if not key.endswith(".$"):
                yield from _problems(shape.value, part, f"{path}/{key}")
    elif (expected := _TYPES.get(kind)) and not _fits(value, expected, kind):
        yield f"The value for the field '{path.rpartition('/')[2]}' must be a {kind} at {path}"


def _structure(shape: Any, value: dict[str, Any], path: str) -> Iterator[str]:
    given = set()
    for written, part in value.items():
        key = written.removesuffix(".$")
        name = names.member(shape, key)
        if name is None:
            yield f"The field '{key}' is not supported by Step Functions at {path}"
            continue
        given.add(name)
        if key == written:
            yield from _problems(shape.members[name], part, f"{path}/{key}")
    for name in shape.required_members:
        if name not in given:
            field = names.key(shape, name)
            yield f"The field '{field}' is required but was missing at {path}"


def _fits(value: Any, expected: Any, kind: str) -> bool:
    if isinstance(value, str) and value.startswith("{%"):
        return True  # a JSONata expression
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, expected)
