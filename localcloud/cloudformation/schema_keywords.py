"""The keywords of a JSON schema as CloudFormation applies them: leniently, as templates are.

A template may give "5" for a number, 5 for a string and "true" for a boolean. Patterns are Java's
or ECMAScript's, which `regex` reads better than `re` (Unicode's classes).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import regex  # type: ignore[import-untyped]
from jsonschema import Draft7Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend


def _text(value: object) -> str:
    """A scalar as CloudFormation compares it: a template's true and "true" are the same."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        return float(value)
    except ValueError:
        return None


def _is_string(_: object, value: object) -> bool:
    return isinstance(value, (str, int, float))


def _is_integer(_: object, value: object) -> bool:
    number = _number(value)
    return number is not None and number.is_integer()


def _is_number(_: object, value: object) -> bool:
    return _number(value) is not None


def _is_boolean(_: object, value: object) -> bool:
    return isinstance(value, bool) or (isinstance(value, str) and value.lower() in _BOOLEANS)


_BOOLEANS = ("true", "false")


def _pattern(_: Any, pattern: str, value: object, __: Any) -> Iterator[ValidationError]:
    if _is_string(_, value) and not _compiled(pattern).search(_text(value)):
        yield ValidationError("pattern")


@cache
def _compiled(pattern: str) -> Any:
    try:
        return regex.compile(pattern)
    except regex.error:  # a dialect of Java's or ECMAScript's that none here reads
        return regex.compile("")


def _limit(holds: Any) -> Any:
    def check(_: Any, limit: float, value: object, __: Any) -> Iterator[ValidationError]:
        if not holds(value, limit):
            yield ValidationError("limit")

    return check


def _bounded(compare: Any) -> Any:
    return _limit(lambda value, limit: (n := _number(value)) is None or compare(n, limit))


def _long(compare: Any) -> Any:
    return _limit(lambda v, limit: not _is_string(None, v) or compare(len(_text(v)), limit))


def _enum(_: Any, allowed: list[Any], value: object, __: Any) -> Iterator[ValidationError]:
    if _text(value) not in [_text(one) for one in allowed]:
        yield ValidationError("enum")


LenientValidator = extend(
    Draft7Validator,
    {
        "pattern": _pattern,
        "minimum": _bounded(lambda n, limit: n >= limit),
        "maximum": _bounded(lambda n, limit: n <= limit),
        "minLength": _long(lambda n, limit: n >= limit),
        "maxLength": _long(lambda n, limit: n <= limit),
        "enum": _enum,
        "const": lambda v, one, value, s: _enum(v, [one], value, s),
        "format": lambda *_: (),
    },
    type_checker=Draft7Validator.TYPE_CHECKER.redefine_many(
        {
            "string": _is_string,
            "integer": _is_integer,
            "number": _is_number,
            "boolean": _is_boolean,
        }
    ),
)
