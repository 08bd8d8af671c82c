"""Rows that keep the contract, and those that do not with every rule that they break."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from functions.batch.rows import Broken, Cells, Rows
from penstock import quick
from penstock.contract import MISSING_TEXT, Column, Columns, Contract
from penstock.errors import ContractError

Indices = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Sifted:
    """`good`: indices [k] into the part, ascending; `values`: their typed values [k], null where
    missing: numbers (true is 1) and texts."""

    good: Indices
    values: pl.DataFrame
    broken: Broken


def sift(rows: Rows, contract: Contract) -> Sifted:
    """By the contract that predict's requests are held to; its second reading finds no fault.

    What is plainly right is read at once; the rest of the rows are for the contract to read.
    """
    plain = {c.name: _plain(c, rows.columns.get(c.name), rows.count) for c in contract.columns}
    right = np.ones(rows.count, np.bool_)
    right[list(rows.broken)] = False
    doubtful = right.copy()
    for _, sure in plain.values():
        right &= sure
    doubtful &= ~right
    kept, values, broken = _by_contract(rows, np.flatnonzero(doubtful).tolist(), contract)
    sure_values = pl.DataFrame([series for series, _ in plain.values()]).filter(pl.Series(right))
    good = np.concatenate([np.flatnonzero(right), np.array(kept, np.int64)])
    if kept:
        order = np.argsort(good)
        return Sifted(good[order], pl.concat([sure_values, values])[order], broken)
    return Sifted(good, sure_values, broken)


def _plain(rule: Column, cells: Cells | None, count: int) -> tuple[pl.Series, Mask]:
    """The column's values [n], typed, and which of them are right beyond doubt."""
    dtype = pl.String() if rule.is_text else pl.Float64()
    values = cells.values if cells else pl.repeat(None, count, dtype=dtype, eager=True)
    values = values.alias(rule.name)
    if not _fits(rule, values.dtype):
        nothing = pl.repeat(None, count, dtype=dtype, eager=True).alias(rule.name)
        return nothing, np.zeros(count, np.bool_)
    right = _texts(rule, values) if rule.is_text else _numbers(rule, values)
    if rule.nullable:
        right |= values.is_null().to_numpy()
    if cells and cells.odd:
        right[list(cells.odd)] = False
    typed = values.cast(dtype)
    return typed.replace(MISSING_TEXT, None) if rule.is_text else typed, right


def _fits(rule: Column, dtype: pl.DataType) -> bool:
    if dtype == pl.Null:
        return True
    if rule.is_text:
        return dtype == pl.String
    return dtype == pl.Boolean if rule.type == "boolean" else dtype.is_numeric()


def _numbers(rule: Column, values: pl.Series) -> Mask:
    numbers = values.cast(pl.Float64).to_numpy()  # null is nan, which nothing allows
    return quick.within(rule, numbers, whole=rule.type == "int")


def _texts(rule: Column, values: pl.Series) -> Mask:
    texts, allowed = values.cast(pl.String), quick.allowed(rule)
    known = [word for word in texts.drop_nulls().unique().to_list() if word in allowed]
    return texts.is_in(known).fill_null(value=False).to_numpy(writable=True)


def _by_contract(
    rows: Rows, doubtful: list[int], contract: Contract
) -> tuple[list[int], pl.DataFrame, Broken]:
    """Those of the doubtful rows that are right after all, their values, and every broken row."""
    broken = dict(rows.broken)
    # a file may have no column of the contract, if all are nullable: its rows are counted by id
    columns = rows.columns or {contract.row_id: Cells(rows.row_ids)}
    while doubtful:
        taken = {name: cells.given(doubtful) for name, cells in columns.items()}
        try:
            return doubtful, _typed(contract.parse_columns(taken), contract), broken
        except ContractError as error:
            wrong = [v for v in error.violations if v.row is not None]
            if not wrong:
                raise
            for violation in wrong:
                broken.setdefault(doubtful[violation.row or 0], []).append(violation)
            doubtful = [i for i in doubtful if i not in broken]
    return [], _typed({c.name: np.empty(0) for c in contract.columns}, contract), broken


def _typed(parsed: Columns, contract: Contract) -> pl.DataFrame:
    made = []
    for column in contract.columns:
        values: Sequence[Any] = parsed[column.name].tolist()
        if column.is_text:
            made.append(pl.Series(column.name, values, pl.String).replace(MISSING_TEXT, None))
        else:
            made.append(pl.Series(column.name, values, pl.Float64).fill_nan(None))
    return pl.DataFrame(made)
