"""The rules that a row of data and a request are held to. numpy only: it is on the hot path."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from penstock import quick
from penstock.errors import SHOWN, ContractError, Violation, shown

Columns = dict[str, npt.NDArray[Any]]

MISSING_TEXT = ""


class _Broken(Exception):
    """A value breaks its column's rule; the text is what was got."""


@dataclass(frozen=True)
class Column:
    """One input column: its type and what it may hold."""

    name: str
    type: str
    min: float | None = None
    max: float | None = None
    values: tuple[str, ...] | None = None
    nullable: bool = False
    personal: bool = False
    max_length: int | None = None

    @property
    def is_text(self) -> bool:
        """Held as str: a category, or free text."""
        return self.type in ("category", "text")

    @property
    def expected(self) -> str:
        """The rule in words, the same in a refused request and in a rejected row."""
        if self.values is not None:
            rule = "one of " + ", ".join(repr(v) for v in self.values)
        elif self.type == "boolean":
            rule = "true or false"
        elif self.max_length is not None:
            least = "at most" if self.nullable else "1 to"
            rule = f"a text of {least} {self.max_length} characters"
        else:
            rule = "a whole number" if self.type == "int" else "a finite number"
            if self.min is not None and self.max is not None:
                rule += f" from {self.min:g} to {self.max:g}"
            elif self.min is not None:
                rule += f", at least {self.min:g}"
            elif self.max is not None:
                rule += f", at most {self.max:g}"
        return rule + (", or null" if self.nullable else "")

    def reader(self) -> Callable[[Any], float | str]:
        """A function from one JSON value to the column's value; raises _Broken."""
        allowed = quick.allowed(self)
        low = -math.inf if self.min is None else self.min
        high = math.inf if self.max is None else self.max
        whole, nullable = self.type == "int", self.nullable
        missing: float | str = MISSING_TEXT if self.is_text else math.nan

        def read(value: Any) -> float | str:
            if value is None:
                if nullable:
                    return missing
                raise _Broken("null")
            kind = type(value)
            if self.is_text:
                if kind is str and value in allowed:
                    return value  # type: ignore[no-any-return]
            elif self.type == "boolean":
                if kind is bool:
                    return 1.0 if value else 0.0
            elif kind is float or kind is int:
                number = float(value) if abs(value) < 1e300 else math.inf
                # one comparison refuses NaN, infinity and the range alike
                if low <= number <= high and number - number == 0 and not (whole and number % 1):
                    return number
            free = self.type == "text" and kind is str
            raise _Broken(quick.wrong_text(value) if free else shown(value))

        return read


@dataclass(frozen=True)
class TargetRule:
    """The column that is learned, and the two values it may hold."""

    column: str
    positive: str
    negative: str


@dataclass(frozen=True)
class Contract:
    """What one use case accepts. Its JSON travels inside every model artifact."""

    usecase: str
    row_id: str
    columns: tuple[Column, ...]
    target: TargetRule
    threshold: float
    _readers: dict[str, Callable[[Any], float | str]] = field(init=False, repr=False, compare=False)
    _known: frozenset[str] = field(init=False, repr=False, compare=False)
    _quick_row: quick.QuickRow = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_readers", {c.name: c.reader() for c in self.columns})
        object.__setattr__(self, "_known", frozenset({*self._readers, self.row_id}))
        object.__setattr__(self, "_quick_row", quick.QuickRow(self.columns))

    def parse(self, instances: Sequence[Any]) -> Columns:
        """Rows of JSON objects to columns; ContractError names every row and field that is wrong.

        float, int and boolean become float64 [n] (missing: nan), category and text an object array
        of str [n] (missing: "", which a text that may be missing may also be sent as). The row id
        may be among the fields; anything else is refused.
        """
        if len(instances) == 1 and isinstance(row := instances[0], dict):
            read = self._quick_row.read(row) if row.keys() <= self._known else None
            if read is not None:
                return read
        broken: list[Violation] = []
        rows: list[Mapping[str, Any]] = []
        known = self._known
        if not instances:
            broken.append(Violation(None, "instances", "at least one instance", "none"))
        for i, row in enumerate(instances):
            if not isinstance(row, dict):
                broken.append(Violation(i, "", "an object of column: value", shown(row)))
                continue
            rows.append(row)
            if not row.keys() <= known:
                broken += self._strangers(i, row)
        if broken:
            raise ContractError(broken)
        return self._read({c.name: [row.get(c.name) for row in rows] for c in self.columns})

    def parse_columns(self, columns: Mapping[str, Any]) -> Columns:
        """The same from {column: [values]}: a quarter of the bytes of rows."""
        broken = self._strangers(None, columns)
        broken += [
            Violation(None, name[:SHOWN], "a list of values", shown(values))
            for name, values in columns.items()
            if not isinstance(values, list)
        ]
        lengths = {len(v) for v in columns.values() if isinstance(v, list)}
        if len(lengths) != 1 or lengths == {0}:
            broken.append(
                Violation(None, "columns", "lists of one length, at least 1", f"{sorted(lengths)}")
            )
        if broken:
            raise ContractError(broken)
        nothing = [None] * lengths.pop()
        return self._read({c.name: columns.get(c.name, nothing) for c in self.columns})

    def _strangers(self, row: int | None, fields: Mapping[str, Any]) -> list[Violation]:
        expected, got = f"only columns of {self.usecase}", "an unknown field"
        unknown = sorted(fields.keys() - self._known)
        return [Violation(row, str(name)[:SHOWN], expected, got) for name in unknown]

    def _read(self, raw: Mapping[str, Sequence[Any]]) -> Columns:
        parsed: Columns = {}
        broken: list[Violation] = []
        for column in self.columns:
            read = self._readers[column.name]
            if (plain := quick.column(column, raw[column.name])) is not None:
                parsed[column.name] = plain
                continue
            values: list[float | str] = []
            for i, value in enumerate(raw[column.name]):
                try:
                    values.append(read(value))
                except _Broken as error:
                    broken.append(Violation(i, column.name, column.expected, str(error)))
            parsed[column.name] = np.array(values, dtype=object if column.is_text else np.float64)
        if broken:
            raise ContractError(sorted(broken, key=lambda v: v.row or 0))
        return parsed

    def to_dict(self) -> dict[str, Any]:
        return {
            "usecase": self.usecase,
            "row_id": self.row_id,
            "columns": [asdict(c) for c in self.columns],
            "target": asdict(self.target),
            "threshold": self.threshold,
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> "Contract":
        return cls(
            usecase=raw["usecase"],
            row_id=raw["row_id"],
            columns=tuple(
                Column(**{**c, "values": tuple(c["values"]) if c["values"] is not None else None})
                for c in raw["columns"]
            ),
            target=TargetRule(**raw["target"]),
            threshold=raw["threshold"],
        )
