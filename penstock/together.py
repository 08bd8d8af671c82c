"""Columns as they hang together: how far a row is from what training rows had in common."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from penstock.contract import Columns
from penstock.statistics import reconstruction
from penstock.statistics.reconstruction import Matrix

Tables = Mapping[str, Mapping[str, Any]]


def fit(columns: Columns, tables: Tables) -> dict[str, Any] | None:
    """What `distances` goes by, from the training rows of the columns that `tables` describe.

    None where fewer than two columns vary: then nothing can come apart.
    """
    names = list(tables)
    found = reconstruction.fit(_rows(columns, tables, names)) if names else None
    return None if found is None else {"names": names, **found}


def distances(fitted: Mapping[str, Any], columns: Columns, tables: Tables) -> Matrix:
    """How far each row is [n], in standard deviations of a column."""
    return reconstruction.errors(fitted, _rows(columns, tables, fitted["names"]))


def _rows(columns: Columns, tables: Tables, names: list[str]) -> Matrix:
    return np.stack([_numbers(columns[name], tables[name]) for name in names], axis=1)


def _numbers(values: npt.NDArray[Any], table: Mapping[str, Any]) -> Matrix:
    """A category as the share of training rows that had it (as NannyML does), nan if missing."""
    if table["kind"] == "numeric":
        return values.astype(np.float64)
    worth = {"": np.nan, **table["values"]}
    names, at = np.unique(values.astype(str), return_inverse=True)
    return np.array([worth.get(name, 0.0) for name in names.tolist()], np.float64)[at]
