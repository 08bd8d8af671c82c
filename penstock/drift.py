"""How far a column has moved from what the model was trained on."""

from typing import Any

import numpy as np
import numpy.typing as npt

FLOOR = 1e-4


def psi(expected: npt.ArrayLike, actual: npt.ArrayLike) -> float:
    """Population stability index of two lists of fractions over the same bins.

    sum((a - e) * ln(a / e)); Siddiqi, Credit Risk Scorecards (2006). Empty bins count as 1e-4,
    the convention of the field, so that one empty bin does not make it infinite.
    """
    e = np.maximum(np.asarray(expected, dtype=float), FLOOR)
    a = np.maximum(np.asarray(actual, dtype=float), FLOOR)
    return float(np.sum((a - e) * np.log(a / e)))


def fractions(entry: dict[str, Any], values: npt.NDArray[Any]) -> list[float]:
    """The values' share of each bin of a baseline entry, missing last; sums to 1.

    numeric: float64 [n], nan = missing; category: str [n], "" = missing.
    """
    n = max(len(values), 1)
    if entry["kind"] == "numeric":
        present = values[~np.isnan(values)]
        counts = np.bincount(
            np.searchsorted(np.asarray(entry["edges"]), present, "right"),
            minlength=len(entry["edges"]) + 1,
        )
        return [float(c) / n for c in counts] + [(len(values) - len(present)) / n]
    names, found = np.unique(values.astype(str), return_counts=True)
    seen = dict(zip(names.tolist(), found.tolist(), strict=True))
    missing = seen.pop("", 0)
    listed = [seen.pop(v, 0) / n for v in entry["values"]]
    return [*listed, sum(seen.values()) / n, missing / n]


def expected(entry: dict[str, Any]) -> list[float]:
    """The baseline's own shares, in the order of `fractions`."""
    if entry["kind"] == "numeric":
        return [*entry["fractions"], entry["missing"]]
    return [*entry["values"].values(), entry["other"], entry["missing"]]


def column_psi(entry: dict[str, Any], values: npt.NDArray[Any]) -> float:
    """PSI of one column against its baseline entry."""
    return psi(expected(entry), fractions(entry, values))
