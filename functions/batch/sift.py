"""Rows that keep the contract, and those that do not with every rule that they break."""

from dataclasses import dataclass
from typing import Any

import polars as pl

from functions.batch.rows import Broken, Rows
from penstock.contract import Columns, Contract
from penstock.errors import ContractError


@dataclass(frozen=True)
class Sifted:
    """`good`: indices [k] into the part; `values`: their typed values [k], null where missing."""

    good: list[int]
    values: pl.DataFrame
    broken: Broken


def sift(rows: Rows, contract: Contract) -> Sifted:
    """By the contract that predict's requests are held to; its second reading finds no fault."""
    broken = dict(rows.broken)
    good = [i for i in range(rows.count) if i not in broken]
    # a file may have no column of the contract, if all are nullable: its rows are counted by id
    columns = rows.columns or {contract.row_id: rows.row_ids}
    while good:
        taken = {name: _take(values, good, rows.count) for name, values in columns.items()}
        try:
            return Sifted(good, _typed(contract.parse_columns(taken), contract), broken)
        except ContractError as error:
            wrong = [v for v in error.violations if v.row is not None]
            if not wrong:
                raise
            for violation in wrong:
                broken.setdefault(good[violation.row or 0], []).append(violation)
            good = [i for i in good if i not in broken]
    return Sifted([], _typed({c.name: [] for c in contract.columns}, contract), broken)


def _take(values: list[Any], good: list[int], count: int) -> list[Any]:
    return values if len(good) == count else [values[i] for i in good]


def _typed(parsed: Columns | dict[str, list[Any]], contract: Contract) -> pl.DataFrame:
    """Numbers, booleans and texts as JSON has them."""
    made = []
    for column in contract.columns:
        if column.is_text:
            texts = pl.Series(column.name, list(parsed[column.name]), pl.String)
            made.append(texts.replace("", None))
            continue
        numbers = pl.Series(column.name, parsed[column.name], pl.Float64).fill_nan(None)
        made.append(numbers.cast(pl.Boolean) if column.type == "boolean" else numbers)
    return pl.DataFrame(made)
