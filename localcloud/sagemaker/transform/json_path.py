"""The JSONPath of a transform job's filters: the operators that SageMaker documents, no others."""

from __future__ import annotations

import re
from typing import Any

_STEP = re.compile(
    r"\.(?P<name>[A-Za-z_][\w-]*)"
    r"|\[\s*(?P<names>'[^']*'(?:\s*,\s*'[^']*')*)\s*\]"
    r"|\[\s*(?P<indexes>[-\d:]+(?:\s*,\s*[-\d:]+)*)\s*\]"
    r"|(?P<every>\.\*|\[\*\])"
)
_INDEX = re.compile(r"-?\d+|(-?\d+)?:(-?\d+)?")


class PathError(ValueError):
    """A path that is not understood, or that leads to nothing."""


def parse(path: str) -> list[re.Match[str]]:
    if not path.startswith("$"):
        raise PathError(f"{path!r} must begin with $")
    steps, at = [], 1
    while at < len(path):
        step = _STEP.match(path, at)
        parts = [part.strip() for part in (step["indexes"] or "0").split(",")] if step else []
        if step is None or not all(_INDEX.fullmatch(part) for part in parts):
            raise PathError(
                f"{path!r} is not understood from {path[at:]!r} on; expected .name, ['name'], "
                "[0], [0,2], [1:] or *"
            )
        steps.append(step)
        at = step.end()
    return steps


def select(path: str, value: Any) -> Any:
    """One name or index gives what is there; several give an object or an array of them."""
    for step in parse(path):
        value = _taken(step, value)
    return value


def _taken(step: re.Match[str], value: Any) -> Any:
    try:
        if step["every"]:
            return list(value.values()) if isinstance(value, dict) else list(value)
        if step["indexes"]:
            return _indexed(step["indexes"], value)
        if step["name"]:
            return value[step["name"]]
        names = re.findall(r"'([^']*)'", step["names"])
        return value[names[0]] if len(names) == 1 else {name: value[name] for name in names}
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise PathError(f"there is no {step.group()} in the data") from error


def _indexed(text: str, value: Any) -> Any:
    parts = [part.strip() for part in text.split(",")]
    if not isinstance(value, list):
        raise TypeError(type(value))
    if len(parts) == 1 and ":" not in parts[0]:
        return value[int(parts[0])]
    found: list[Any] = []
    for part in parts:
        if ":" not in part:
            found.append(value[int(part)])
            continue
        start, end = (int(bound) if bound else None for bound in part.split(":"))
        found += value[start:end]
    return found
