"""Choice: every comparison of the language."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from localcloud.states.engine import values
from localcloud.states.engine.fault import Bad, Fault
from localcloud.states.engine.scope import Scope

_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "LessThanEquals": operator.le,
    "GreaterThan": operator.gt,
    "GreaterThanEquals": operator.ge,
}
_COMPARISON = re.compile(
    r"(?P<type>String|Numeric|Timestamp|Boolean)"
    r"(?P<order>Equals|LessThan|LessThanEquals|GreaterThan|GreaterThanEquals)(?P<path>Path)?"
)


def timestamp(value: Any) -> datetime | None:
    """RFC 3339, with its time zone."""
    if not isinstance(value, str) or "T" not in value:
        return None
    try:
        found = datetime.fromisoformat(value.replace("Z", "+00:00"))
    except ValueError:
        return None
    return found if found.tzinfo else None


def _number(value: Any) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


_TYPED: dict[str, Callable[[Any], Any]] = {
    "String": lambda value: value if isinstance(value, str) else None,
    "Numeric": _number,
    "Timestamp": timestamp,
    "Boolean": lambda value: value if isinstance(value, bool) else None,
}
_IS: dict[str, Callable[[Any], bool]] = {
    "IsNull": lambda value: value is None,
    "IsNumeric": lambda value: _number(value) is not None,
    "IsString": lambda value: isinstance(value, str),
    "IsBoolean": lambda value: isinstance(value, bool),
    "IsTimestamp": lambda value: timestamp(value) is not None,
}
OPERATORS = frozenset(
    [
        "StringMatches",
        "IsPresent",
        *_IS,
        *(f"{kind}{order}{end}" for kind in _TYPED for order in _ORDER for end in ("", "Path")),
    ]
) - {f"Boolean{order}{end}" for order in _ORDER if order != "Equals" for end in ("", "Path")}


def run(state: dict[str, Any], scope: Scope, raw: Any) -> tuple[Any, str | None]:
    data = raw if scope.jsonata else values.entering(state, scope, raw)
    for rule in state["Choices"]:
        if _chosen(rule, scope, data):
            return _out(state, rule, scope, data), rule["Next"]
    if "Default" not in state:
        raise Fault("States.NoChoiceMatched", f"No choice matched in the state '{scope.name}'")
    return _out(state, state, scope, data), state["Default"]


def _out(state: dict[str, Any], rule: Mapping[str, Any], scope: Scope, data: Any) -> Any:
    values.assign(rule, scope, data)
    if not scope.jsonata:
        return values.outgoing(state, scope, data)
    return values.jsonata(rule["Output"], scope, data) if "Output" in rule else data


def _chosen(rule: Mapping[str, Any], scope: Scope, data: Any) -> bool:
    if not scope.jsonata:
        return holds(rule, scope, data)
    found = values.jsonata(rule["Condition"], scope, data)
    if not isinstance(found, bool):
        cause = f"The Condition gave {found!r}, which is no boolean"
        raise Fault("States.QueryEvaluationError", cause)
    return found


def holds(rule: Mapping[str, Any], scope: Scope, data: Any) -> bool:
    if "And" in rule:
        return all(holds(part, scope, data) for part in rule["And"])
    if "Or" in rule:
        return any(holds(part, scope, data) for part in rule["Or"])
    if "Not" in rule:
        return not holds(rule["Not"], scope, data)
    name = next(key for key in rule if key in OPERATORS)
    if name == "IsPresent":
        return _present(rule["Variable"], scope, data) is rule[name]
    value = _variable(rule["Variable"], scope, data)
    if name in _IS:
        return _IS[name](value) is rule[name]
    if name == "StringMatches":
        return isinstance(value, str) and _matches(rule[name], value)
    return _compare(name, value, rule[name], scope, data)


def _compare(name: str, value: Any, right: Any, scope: Scope, data: Any) -> bool:
    match = _COMPARISON.fullmatch(name)
    if match is None:
        raise Bad(f"{name} is no comparison")
    if match["path"]:
        right = _variable(right, scope, data)
    typed = _TYPED[match["type"]]
    left, other = typed(value), typed(right)
    return left is not None and other is not None and _ORDER[match["order"]](left, other)


def _present(path: str, scope: Scope, data: Any) -> bool:
    try:
        found = values.lookup(path, scope, data)
    except LookupError:
        return False
    return found != [] or "*" not in path


def _variable(path: str, scope: Scope, data: Any) -> Any:
    try:
        return values.lookup(path, scope, data)
    except LookupError:
        raise Bad(
            f"Invalid path '{path}': The choice state's condition path references an invalid value."
        ) from None


def _matches(pattern: str, value: str) -> bool:
    """`*` is any text, `\\*` the character."""
    parts = re.findall(r"\\.|\*|[^\\*]+|\\$", pattern)
    expression = "".join(".*" if part == "*" else re.escape(_plain(part)) for part in parts)
    return re.fullmatch(expression, value, re.DOTALL) is not None


def _plain(part: str) -> str:
    return part[1] if part[0] == "\\" and len(part) == 2 else part
