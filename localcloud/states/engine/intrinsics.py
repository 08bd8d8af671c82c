"""The States.* functions; MiniStack parses a call, and its values are read by our paths."""

from __future__ import annotations

import base64
import hashlib
import json
import random
import re
import uuid
from collections.abc import Callable
from typing import Any

from ministack.services import stepfunctions as sfn

from localcloud.states.engine.fault import Bad, Fault

_MOST = 10_000
_HASHES = {"MD5", "SHA-1", "SHA-256", "SHA-384", "SHA-512"}
Select = Callable[[str], Any]


def evaluate(expression: str, select: Select) -> Any:
    """`select` gives the value of a path. Raises States.IntrinsicFailure as AWS does."""
    try:
        node, end = sfn._parse_intrinsic_call(expression, 0)
        if expression[end:].strip():
            raise ValueError(f"{expression[end:]!r} is left over")
        return _call(node, select)
    except (Bad, Fault):
        raise
    except Exception as error:
        raise Fault("States.IntrinsicFailure", f"{expression}: {error}") from error


def _call(node: Any, select: Select) -> Any:
    _, name, raw = node
    function = _FUNCTIONS.get(name)
    if function is None:
        raise ValueError(f"{name} is no intrinsic function")
    if name == "States.Format":  # its template keeps the escapes until the values are in
        return _format(raw[0], [_argument(each, select) for each in raw[1:]], select)
    return function(*(_argument(each, select) for each in raw))


def _argument(node: Any, select: Select) -> Any:
    kind = node[0]
    if kind == "call":
        return _call(node, select)
    if kind == "path":
        return select(node[1])
    return re.sub(r"\\(.)", r"\1", node[1]) if kind == "str" else node[1]


def _format(node: Any, values: list[Any], select: Select) -> str:
    template = node[1] if node[0] == "str" else str(_argument(node, select))
    rest = iter(values)

    def part(match: re.Match[str]) -> str:
        if match[0] != "{}":
            return match[0][1:]
        value = next(rest)
        return value if isinstance(value, str) else json.dumps(value)

    if len(re.findall(r"(?<!\\)\{\}", template)) != len(values):
        raise ValueError("as many values as there are {} are expected")
    return re.sub(r"\{\}|\\.", part, template)


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > _MOST:
        raise ValueError(f"expected a string of up to {_MOST} characters")
    return value


def _partition(values: list[Any], size: float) -> list[list[Any]]:
    if not isinstance(values, list) or int(size) < 1:
        raise ValueError("expected an array and a positive number")
    return [values[start : start + int(size)] for start in range(0, len(values), int(size))]


def _range(first: float, last: float, step: float) -> list[int]:
    start, end, by = int(first), int(last), int(step)
    values = list(range(start, end + (1 if by > 0 else -1), by))
    if len(values) > 1000:
        raise ValueError("expected at most 1000 values")
    return values


def _unique(values: list[Any]) -> list[Any]:
    kept: dict[str, Any] = {}
    for value in values:
        kept.setdefault(json.dumps(value, sort_keys=True), value)
    return list(kept.values())


def _hash(data: Any, algorithm: str) -> str:
    if algorithm not in _HASHES:
        raise ValueError(f"expected one of {', '.join(sorted(_HASHES))}")
    text = data if isinstance(data, str) else json.dumps(data, separators=(",", ":"))
    return hashlib.new(algorithm.replace("-", ""), _text(text).encode()).hexdigest()


def _merge(left: dict[str, Any], right: dict[str, Any], deep: bool) -> dict[str, Any]:
    if deep is not False:
        raise ValueError("only the shallow merge exists: the third argument is false")
    return {**left, **right}


def _random(start: float, end: float, seed: Any = None) -> int:
    chosen = random.Random(seed) if seed is not None else random
    return chosen.randrange(int(start), int(end))


def _split(text: str, delimiters: str) -> list[str]:
    return [part for part in re.split(f"[{re.escape(delimiters)}]", text) if part]


def _item(values: list[Any], index: float) -> Any:
    if int(index) < 0:
        raise ValueError("expected an index of 0 or more")
    return values[int(index)]


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "States.Array": lambda *values: list(values),
    "States.ArrayContains": lambda values, value: value in values,
    "States.ArrayGetItem": _item,
    "States.ArrayLength": len,
    "States.ArrayPartition": _partition,
    "States.ArrayRange": _range,
    "States.ArrayUnique": _unique,
    "States.Base64Decode": lambda text: base64.b64decode(_text(text) + "==").decode(),
    "States.Base64Encode": lambda text: base64.b64encode(_text(text).encode()).decode(),
    "States.Format": _format,
    "States.Hash": _hash,
    "States.JsonMerge": _merge,
    "States.JsonToString": lambda value: json.dumps(value, separators=(",", ":")),
    "States.MathAdd": lambda left, right: int(left) + int(right),
    "States.MathRandom": _random,
    "States.StringSplit": _split,
    "States.StringToJson": json.loads,
    "States.UUID": lambda: str(uuid.uuid4()),
}
