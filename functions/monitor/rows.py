"""Some of the window's answers, row by row, in the forms that code outside of polars wants."""

from typing import Any

import numpy as np
import polars as pl

from penstock.contract import MISSING_TEXT, Column, Columns, Contract


def columns(rows: pl.DataFrame, names: list[str]) -> Columns:
    """As `Contract.parse` gives them: float64 with nan, texts with ""."""
    return {name: _values(rows[name]) for name in names}


def _values(series: pl.Series) -> Any:
    if series.dtype == pl.String:
        return series.fill_null(MISSING_TEXT).to_numpy().astype(object)
    return series.cast(pl.Float64).fill_null(np.nan).to_numpy()


def instances(rows: pl.DataFrame, contract: Contract) -> list[dict[str, Any]]:
    """As a request would have them; a record writes a boolean as 1.0 or 0.0."""
    whole = [(column, rows[column.name].to_list()) for column in contract.columns]
    return [
        {column.name: _plain(column, values[i]) for column, values in whole}
        for i in range(rows.height)
    ]


def _plain(column: Column, value: Any) -> Any:
    if value is None or value != value or value == MISSING_TEXT:
        return None
    return bool(value) if column.type == "boolean" else value
