"""What the model was trained on, as bins and shares: what drift is measured against.

No person is in it: a bin and a category hold at least `k_anonymous` rows, and of a personal column
nothing is kept.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from penstock import drift
from penstock.contract import MISSING_TEXT, Columns, Contract

BINS = 10


def build(
    columns: Columns,
    score: npt.NDArray[np.float64],
    contract: Contract,
    *,
    k_anonymous: int = 5,
) -> dict[str, Any]:
    """A table of every contract column and of the score (float64 [n]) over the training rows."""
    tables: dict[str, dict[str, Any]] = {}
    for column in contract.columns:
        if column.personal:
            kind = "category" if column.is_text else "numeric"
            tables[column.name] = {"kind": kind, "personal": True}
        elif column.is_text:
            tables[column.name] = _category(columns[column.name], k_anonymous)
        else:
            tables[column.name] = _numeric(columns[column.name], k_anonymous)
    return {"rows": len(score), "columns": tables, "score": _numeric(score, k_anonymous)}


def _numeric(values: npt.NDArray[Any], k: int) -> dict[str, Any]:
    present = values[~np.isnan(values)]
    edges = _edges(present, k) if len(present) else []
    *shares, missing = drift.fractions({"kind": "numeric", "edges": edges}, values)
    return {"kind": "numeric", "edges": edges, "fractions": shares, "missing": missing}


def _edges(present: npt.NDArray[Any], k: int) -> list[float]:
    """Inner edges of bins of about equal rows; those of a bin with fewer than k rows fall."""
    distinct = np.unique(present)
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
    names, counts = np.unique(values.astype(str), return_counts=True)
    listed = {
        str(v): float(c) / len(values)
        for v, c in zip(names, counts, strict=True)
        if c >= k and v != MISSING_TEXT
    }
    entry = {"kind": "category", "values": listed}
    *_, other, missing = drift.fractions(entry, values)
    return entry | {"other": other, "missing": missing}
