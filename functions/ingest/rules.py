"""The contract's rules for a cell of text, as polars expressions.

The limits and the words are those of `penstock.contract.Column`: a row that ingest accepts is a
request that predict accepts. A cell of text stands for the JSON value that it would be.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from functions.shared import cells, times
from penstock.contract import Column, TargetRule

# from 1e300 on a number of the request is infinite (penstock.contract)
_LARGEST = math.nextafter(1e300, 0)


@dataclass(frozen=True)
class Rule:
    """One field: what it must be, its typed value, and whether that value fits.

    `value` reads the field's text, `fits` the column `slot` where the value was put; both null
    for what cannot be read. free: a text that is taken as it was written, spaces and all.
    """

    field: str
    expected: str
    value: pl.Expr
    fits: pl.Expr
    nullable: bool = False
    free: bool = False

    @property
    def slot(self) -> str:
        return _slot(self.field)

    @property
    def broken(self) -> pl.Expr:
        """True or False, never null; a cell without text is missing."""
        wrong = ~self.fits.fill_null(False)
        return wrong & (pl.col(self.field) != "").fill_null(False) if self.nullable else wrong

    @property
    def reason(self) -> pl.Expr:
        """'field: got ..., expected ...' where the rule is broken, else null."""
        text = pl.col(self.field)
        shown = pl.concat_str(pl.lit("'"), text.str.slice(0, 80), pl.lit("'"))
        if self.free:  # its beginning says nothing of what is wrong with it
            shown = pl.format("{} characters", text.str.len_chars())
        got = pl.when(text != "").then(shown).otherwise(pl.lit("nothing"))
        words = pl.format("{}: got {}, expected {}", pl.lit(self.field), got, pl.lit(self.expected))
        return pl.when(self.broken).then(words)


def typed(frame: pl.LazyFrame, every: Sequence[Rule]) -> pl.LazyFrame:
    """The frame with its cells trimmed and, beside them, each rule's value in its slot."""
    trimmed = frame.with_columns(pl.col([r.field for r in every if not r.free]).str.strip_chars())
    return trimmed.with_columns(r.value.alias(r.slot) for r in every)


def column(rule: Column) -> Rule:
    """The rule of a contract column; its value is float64, or text."""
    value = pl.col(_slot(rule.name))
    fits: pl.Expr
    if rule.max_length is not None:
        fits = value.str.len_chars() <= rule.max_length
    elif rule.is_text:
        fits = value.is_in(list(rule.values or ()))
    elif rule.type == "boolean":
        fits = value.is_not_null()
    else:
        low = -_LARGEST if rule.min is None else max(rule.min, -_LARGEST)
        high = _LARGEST if rule.max is None else min(rule.max, _LARGEST)
        fits = value.is_between(low, high)  # polars puts NaN above every number
        if rule.type == "int":
            fits &= value % 1 == 0
    free = rule.type == "text"
    return Rule(rule.name, rule.expected, cells.typed(rule), fits, rule.nullable, free)


def target(rule: TargetRule) -> Rule:
    fits = pl.col(_slot(rule.column)).is_in([rule.positive, rule.negative])
    expected = f"{rule.positive!r} or {rule.negative!r}"
    return Rule(rule.column, expected, pl.col(rule.column), fits)


def row_id(name: str) -> Rule:
    return Rule(name, "an id", pl.col(name), pl.col(_slot(name)) != "")


def event_time(name: str) -> Rule:
    """Its value is a time in UTC, whatever the zone that it was written in."""
    return Rule(name, times.EXPECTED, times.utc(pl.col(name)), pl.col(_slot(name)).is_not_null())


def _slot(field: str) -> str:
    return f"{field}="  # no column of a contract can be named so
