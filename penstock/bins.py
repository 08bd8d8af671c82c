"""A baseline table's bins: in which one a value falls, and each one's share of rows."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

Entry = Mapping[str, Any]


def fractions(entry: Entry, values: npt.NDArray[Any]) -> list[float]:
    """The values' share of each bin of a baseline entry, missing last; sums to 1.

    numeric: float64 [n], nan = missing; category: str [n], "" = missing.
    """
    return [float(count) / max(len(values), 1) for count in counts(entry, values)]


def counts(entry: Entry, values: npt.NDArray[Any]) -> list[int]:
    """Rows of each bin, in the order of `fractions`."""
    bins = len(entry["edges"] if entry["kind"] == "numeric" else entry["values"]) + 2
    return [int(n) for n in np.bincount(codes(entry, values), minlength=bins)]


def codes(entry: Entry, values: npt.NDArray[Any]) -> npt.NDArray[np.intp]:
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


def expected(entry: Entry) -> list[float]:
    """The baseline's own shares, in the order of `fractions`."""
    if entry["kind"] == "numeric":
        return [*entry["fractions"], entry["missing"]]
    return [*entry["values"].values(), entry["other"], entry["missing"]]
