"""What the model was trained on, as bins and shares: what drift is measured against.

No person is in it: a bin and a category hold at least `k_anonymous` rows, and of a personal column
nothing is kept.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from penstock import drift, usual
from penstock.contract import MISSING_TEXT, Columns, Contract

BINS = 10
SCORE = "score"  # reserved: no column has this name


def build(
    columns: Columns,
    score: npt.NDArray[np.float64],
    contract: Contract,
    *,
    k_anonymous: int = 5,
    in_time: bool = False,
) -> dict[str, Any]:
    """A table of every contract column and of the score (float64 [n]) over the training rows.

    in_time: the rows are in the order of their event time, so that what runs of them differ by
    (`penstock.usual`) is no drift. Of rows in any other order (sorted by a column) it would hide
    every drift.
    """
    shared = [column.name for column in contract.columns if not column.personal]
    watched = {name: columns[name] for name in shared} | {SCORE: score}
    made = tables(watched, k_anonymous=k_anonymous, in_time=in_time)
    personal = {
        c.name: {"kind": "category" if c.is_text else "numeric", "personal": True}
        for c in contract.columns
    }
    of_columns = {c.name: made.get(c.name, personal[c.name]) for c in contract.columns}
    return {"rows": len(score), "columns": of_columns, SCORE: made[SCORE]}


def tables(
    columns: Mapping[str, npt.NDArray[Any]], *, k_anonymous: int = 5, in_time: bool = False
) -> dict[str, dict[str, Any]]:
    """A table of each column, by its name; float64 [n] is numeric, anything else a category."""
    made = {}
    for name, values in columns.items():
        shape = _numeric if values.dtype.kind == "f" else _category
        made[name] = shape(values, k_anonymous)
        if in_time:
            _add_usual(made[name], values)
    return made


def _add_usual(entry: dict[str, Any], values: npt.NDArray[Any]) -> None:
    entry["usual"] = usual.runs(drift.codes(entry, values), len(drift.expected(entry)))


def _numeric(values: npt.NDArray[Any], k: int) -> dict[str, Any]:
    present = values[~np.isnan(values)]
    edges = _edges(present, k) if len(present) else []
    *shares, missing = drift.fractions({"kind": "numeric", "edges": edges}, values)
    shaped = {"kind": "numeric", "edges": edges, "fractions": shares, "missing": missing}
    return shaped | {"rows": len(values)}


def _edges(present: npt.NDArray[Any], k: int) -> list[float]:
    """Inner edges of bins of about equal rows; those of a bin with fewer than k rows fall.

    A column that stood still has a bin of its value, and an empty one on either side.
    """
    distinct = np.unique(present)
    if len(distinct) == 1 and len(present) >= k:
        # else whatever came later would fall into the same, only bin
        return [float(distinct[0]), float(np.nextafter(distinct[0], np.inf))]
    inner = (
        distinct[1:]
        if len(distinct) <= BINS
        else np.unique(np.quantile(present, np.arange(1, BINS) / BINS))
    )
    edges: list[float] = []
    below = 0
    for edge in inner.tolist():
        edge = float(f"{edge:.6g}")  # no single row's exact value
        rows = int((present < edge).sum())
        if rows - below >= k:
            edges.append(edge)
            below = rows
    if edges and len(present) - below < k:
        edges.pop()
    return edges


def _category(values: npt.NDArray[Any], k: int) -> dict[str, Any]:
    """A value is listed if at least k rows have it, and one in a thousand.

    The rows of a rarer one say more of luck than of the value: those that happened to be common
    here are rarer in any other draw, which would look like a drift to "other".
    """
    least = max(k, len(values) / 1000)
    names, counts = np.unique(values.astype(str), return_counts=True)
    listed = {
        str(v): float(c) / len(values)
        for v, c in zip(names, counts, strict=True)
        if c >= least and v != MISSING_TEXT
    }
    entry = {"kind": "category", "values": listed}
    *_, other, missing = drift.fractions(entry, values)
    return entry | {"other": other, "missing": missing, "rows": len(values)}
