"""JSONPath as Step Functions has it: fields, indices, slices, wildcards, `..` and filters."""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

_STEP = re.compile(
    r"(?P<deep>\.\.)?(?:"
    r"(?P<quoted>\.?\[\s*(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")\s*\])"
    r"|(?P<slice>\[\s*-?\d*\s*:\s*-?\d*\s*\])"
    r"|(?P<index>\[\s*-?\d+(?:\s*,\s*-?\d+)*\s*\])"
    r"|(?P<all>\.?\[\s*\*\s*\]|\.?\*)"
    r"|\[\?\((?P<filter>.*?)\)\]"
    r"|\.?(?P<field>[^.\[\]\s*'\"()?]+)"
    r")"
)
_TERM = re.compile(
    r"\s*@(?P<path>(?:\['[^']*'\]|[^\s=<>!])*)\s*(?:(?P<op>==|!=|<=|>=|<|>)\s*(?P<right>.+?))?\s*"
)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True)
class Step:
    kind: str
    value: Any
    deep: bool

    @property
    def definite(self) -> bool:
        single = self.kind == "field" or (self.kind == "index" and len(self.value) == 1)
        return single and not self.deep


@lru_cache(maxsize=4096)
def parse(path: str) -> tuple[Step, ...]:
    """The steps after the "$". Raises ValueError for what is no path."""
    if not path.startswith("$"):
        raise ValueError(f"{path!r} does not begin with $")
    position, steps = 1, []
    while position < len(path):
        match = _STEP.match(path, position)
        if match is None or match.end() == position:
            raise ValueError(f"{path!r} is no JSONPath (at {path[position:]!r})")
        steps.append(_step(match))
        position = match.end()
    return tuple(steps)


def _step(match: re.Match[str]) -> Step:
    kind = next(k for k in ("quoted", "slice", "index", "all", "filter", "field") if match[k])
    text, deep = match[kind], bool(match["deep"])
    if kind == "quoted":
        inner = text.strip(".[] \t")[1:-1]
        return Step("field", re.sub(r"\\(.)", r"\1", inner), deep)
    if kind == "slice":
        bounds = [int(part) if part.strip() else None for part in text.strip("[]").split(":")]
        return Step("slice", slice(*bounds), deep)
    if kind == "index":
        return Step("index", tuple(int(part) for part in text.strip("[]").split(",")), deep)
    return Step(kind, text, deep)


def definite(path: str) -> bool:
    return all(step.definite for step in parse(path))


def find(path: str, data: Any) -> list[Any]:
    """Every value that the path names."""
    values = [data]
    for step in parse(path):
        values = [found for value in values for found in _apply(step, value)]
    return values


def get(path: str, data: Any) -> Any:
    """The value of a definite path, the list of an indefinite one. LookupError: there is none."""
    values = find(path, data)
    if not definite(path):
        return values
    if not values:
        raise LookupError(path)
    return values[0]


def _apply(step: Step, value: Any) -> Iterator[Any]:
    for one in _descend(value) if step.deep else [value]:
        yield from _children(step, one)


def _descend(value: Any) -> Iterator[Any]:
    yield value
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for part in parts:
        yield from _descend(part)


def _children(step: Step, value: Any) -> Iterator[Any]:
    if step.kind == "field":
        if isinstance(value, dict) and step.value in value:
            yield value[step.value]
    elif step.kind == "all" or step.kind == "filter":
        parts = list(value.values()) if isinstance(value, dict) else value
        for part in parts if isinstance(parts, list) else ():
            if step.kind == "all" or _holds(step.value, part):
                yield part
    elif isinstance(value, list):
        if step.kind == "slice":
            yield from value[step.value]
        else:
            yield from (value[i] for i in step.value if -len(value) <= i < len(value))


def _holds(condition: str, part: Any) -> bool:
    return any(
        all(_term(term, part) for term in alternative.split("&&"))
        for alternative in condition.split("||")
    )


def _term(term: str, part: Any) -> bool:
    match = _TERM.fullmatch(term)
    if match is None:
        raise ValueError(f"the filter {term.strip()!r} is not supported")
    found = find("$" + match["path"], part)
    if not found or match["op"] is None:
        return bool(found)
    text = match["right"]
    right = text[1:-1] if text[0] == text[-1] == "'" else json.loads(text)
    try:
        return _COMPARE[match["op"]](found[0], right)
    except TypeError:
        return False


def put(path: str, data: Any, value: Any) -> Any:
    """A copy of `data` with `value` at a definite path, made where it is missing.

    Raises LookupError where the path leads through what is no object."""
    steps = parse(path)
    if not steps:
        return value
    if any(not step.definite for step in steps):
        raise ValueError(f"{path!r} does not name one place")
    return _put(steps, data, value)


def _put(steps: tuple[Step, ...], data: Any, value: Any) -> Any:
    if not steps:
        return value
    step, rest = steps[0], steps[1:]
    if step.kind == "field" and isinstance(data, dict):
        return {**data, step.value: _put(rest, data.get(step.value, {}), value)}
    if step.kind == "index" and isinstance(data, list) and step.value[0] < len(data):
        copy = list(data)
        copy[step.value[0]] = _put(rest, data[step.value[0]], value)
        return copy
    raise LookupError(str(step.value))
