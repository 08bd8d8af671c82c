"""Reads what is plainly right at the speed of numpy; the contract's own reading is the truth.

It either gives exactly what the contract's reading would give, or None: then the values are read
one by one, and whatever is wrong with them is named. A test holds the two to one answer.
"""

import math
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from operator import contains, itemgetter, le, mod
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[Any]
_NUMBERS, _FLAGS, _NULL = frozenset({float, int}), frozenset({bool}), type(None)
_LARGEST = math.nextafter(1e300, 0)  # the contract takes what is larger for infinity


class Rule(Protocol):
    """What is asked of a column (penstock.contract.Column)."""

    @property
    def name(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def min(self) -> float | None: ...
    @property
    def max(self) -> float | None: ...
    @property
    def values(self) -> tuple[str, ...] | None: ...
    @property
    def nullable(self) -> bool: ...
    @property
    def max_length(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Free:
    """The set of texts that are free but for their length; "" is the one that is missing."""

    least: int
    most: int

    def __contains__(self, value: object) -> bool:
        return type(value) is str and self.least <= len(value) <= self.most and _is_whole(value)


def allowed(rule: Rule) -> Container[str]:
    """What a category or a free text may be."""
    if rule.max_length is None:
        return frozenset(rule.values or ())
    return Free(0 if rule.nullable else 1, rule.max_length)


def wrong_text(value: str) -> str:
    """In words why a free text is not allowed; not the text, whose beginning says nothing of it."""
    return f"{len(value)} characters" if _is_whole(value) else "half of a UTF-16 pair"


def _is_whole(value: str) -> bool:
    """JSON can escape half of a pair, which is no character: no file and no log could hold it."""
    if value.isascii():
        return True
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


class QuickRow:
    """One row without a missing value. Compared in Python: for one row numpy's calls cost more."""

    def __init__(self, columns: Sequence[Rule]) -> None:
        numbers = [c for c in columns if c.type in ("float", "int")]
        flags = [c for c in columns if c.type == "boolean"]
        texts = [c for c in columns if c.type in ("category", "text")]
        self._names = [c.name for c in [*numbers, *flags]]
        self._numbers, self._flags = _getter(numbers), _getter(flags)
        self._low, self._high = (tuple(limits.tolist()) for limits in _limits(numbers))
        self._whole = _getter([c for c in numbers if c.type == "int"])
        self._text_names = [c.name for c in texts]
        self._texts = _getter(texts)
        self._allowed = [allowed(c) for c in texts]

    def read(self, row: Mapping[str, Any]) -> dict[str, Values] | None:
        """float64 [1] and object [1] by column, or None."""
        try:
            numbers, flags, texts = self._numbers(row), self._flags(row), self._texts(row)
            if not (
                _NUMBERS.issuperset(map(type, numbers))
                and _FLAGS.issuperset(map(type, flags))
                and all(map(contains, self._allowed, texts))
                and all(map(le, self._low, numbers))  # NaN is on neither side of anything
                and all(map(le, numbers, self._high))
                and not any(map(mod, self._whole(row), repeat(1)))
            ):
                return None
        except (KeyError, TypeError):
            return None
        vector = np.array(numbers + flags, np.float64)
        read = dict(zip(self._names, vector.reshape(-1, 1), strict=True))
        if texts:
            words = np.array(texts, object).reshape(-1, 1)
            read |= dict(zip(self._text_names, words, strict=True))
        return read


def column(rule: Rule, values: Sequence[Any]) -> Values | None:
    """All values of one column, float64 or object [n], or None."""
    kinds = set(map(type, values))
    missing = _NULL in kinds
    if missing and not rule.nullable:
        return None
    kinds.discard(_NULL)
    if rule.type in ("category", "text"):
        return _words(rule, values, kinds, missing=missing)
    if not kinds <= (_FLAGS if rule.type == "boolean" else _NUMBERS):
        return None
    known = [math.nan if v is None else v for v in values] if missing else values
    try:
        vector = np.array(known, np.float64)
    except OverflowError:
        return None
    right = within(rule, vector, whole=rule.type == "int" and float in kinds)
    # a NaN that was given is wrong; one that stands for null is not
    wrong = len(values) - int(right.sum())
    return vector if wrong == (values.count(None) if missing else 0) else None


def array(rule: Rule, values: Values) -> bool:
    """Whether every value keeps the rule: float64 [n] (missing: nan), or str objects ("")."""
    is_number = rule.type in ("float", "int", "boolean")
    if (values.dtype == np.float64) != is_number:
        return False
    if not is_number:
        known = allowed(rule)
        return all(word in known or (word == "" and rule.nullable) for word in set(values.tolist()))
    right = within(rule, values, whole=rule.type == "int")
    if rule.type == "boolean":
        right = (values == 0) | (values == 1)
    wrong = len(values) - int(right.sum())
    return wrong == (int(np.isnan(values).sum()) if rule.nullable else 0)


def within(rule: Rule, vector: Values, *, whole: bool) -> npt.NDArray[np.bool_]:
    """Which numbers [n] are in the range, and whole if they have to be; a nan is not."""
    low, high = _limits([rule])
    right: npt.NDArray[np.bool_] = (vector >= low) & (vector <= high)
    if whole:
        right &= np.floor(vector) == vector  # without a word about infinity
    return right


def _words(rule: Rule, values: Sequence[Any], kinds: set[type], *, missing: bool) -> Values | None:
    found = allowed(rule)
    if not kinds <= {str} or not all(word in found for word in set(values) - {None}):
        return None
    return np.array(["" if v is None else v for v in values] if missing else values, object)


def _limits(rules: Sequence[Rule]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """The ranges [k], as numbers: true and false are 1 and 0 and have none."""
    ranged = [(None, None) if r.type == "boolean" else (r.min, r.max) for r in rules]
    low = [-_LARGEST if least is None else max(least, -_LARGEST) for least, _ in ranged]
    high = [_LARGEST if most is None else min(most, _LARGEST) for _, most in ranged]
    return np.array(low, np.float64), np.array(high, np.float64)


def _getter(rules: Sequence[Rule]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    """The named values of a row as a tuple, however many; KeyError when one is absent."""
    names = [r.name for r in rules]
    if len(names) > 1:
        return itemgetter(*names)
    return lambda row: tuple([row[name] for name in names])
