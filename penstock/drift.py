"""How far a column has moved from what the model was trained on."""

from typing import Any

import numpy as np
import numpy.typing as npt

from penstock.statistics.population_stability import of_shares as psi

__all__ = ["codes", "column_psi", "expected", "fractions", "psi"]


def fractions(entry: dict[str, Any], values: npt.NDArray[Any]) -> list[float]:
    """The values' share of each bin of a baseline entry, missing last; sums to 1.

    numeric: float64 [n], nan = missing; category: str [n], "" = missing.
    """
    bins = len(entry["edges"] if entry["kind"] == "numeric" else entry["values"]) + 2
    counts = np.bincount(codes(entry, values), minlength=bins)
    return [float(c) / max(len(values), 1) for c in counts]


def codes(entry: dict[str, Any], values: npt.NDArray[Any]) -> npt.NDArray[np.intp]:
    """The bin of each value [n], in the order of `fractions`."""
    if entry["kind"] == "numeric":
        edges = entry["edges"]
        bins = np.searchsorted(np.asarray(edges, np.float64), values, "right")
        return np.where(np.isnan(values), len(edges) + 1, bins)
    listed = entry["values"]
    places = {value: i for i, value in enumerate(listed)} | {"": len(listed) + 1}
    names, at = np.unique(values.astype(str), return_inverse=True)
    found = np.array([places.get(name, len(listed)) for name in names.tolist()], np.intp)
    return found[at] if len(found) else np.empty(0, np.intp)


def expected(entry: dict[str, Any]) -> list[float]:
    """The baseline's own shares, in the order of `fractions`."""
    if entry["kind"] == "numeric":
        return [*entry["fractions"], entry["missing"]]
    return [*entry["values"].values(), entry["other"], entry["missing"]]


def column_psi(entry: dict[str, Any], values: npt.NDArray[Any]) -> float:
    """PSI of one column against its baseline entry."""
    return psi(expected(entry), fractions(entry, values))
