"""How much a model goes by each feature, and by each column that the features are made of."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from penstock.contract import Columns
from penstock.features import Features

PROBED = 256  # rows that tell which columns a feature is made of
Contributions = Mapping[str, npt.NDArray[Any]]


def of_features(contributions: Contributions) -> dict[str, float]:
    """The mean absolute contribution of each feature, from [n] in log-odds."""
    return {name: float(np.abs(values).mean()) for name, values in contributions.items()}


def of_columns(
    importance: Mapping[str, float], derive: Features, columns: Columns
) -> dict[str, float]:
    """Each column's share, together 1: a feature's counts evenly for the columns it is made of.

    What a feature is made of is seen by shuffling one column after another: features.py is code.
    """
    total = sum(importance.values())
    found = dict.fromkeys(columns, 0.0)
    for name, sources in _sources(importance, derive, columns).items():
        for source in sources:
            found[source] += importance[name] / len(sources) / total if total else 0.0
    return found


def _sources(
    importance: Mapping[str, float], derive: Features, columns: Columns
) -> dict[str, list[str]]:
    some = {name: values[:PROBED] for name, values in columns.items()}
    before = derive(some)
    found: dict[str, list[str]] = {name: [] for name in importance}
    for column, values in some.items():
        after = derive({**some, column: _shuffled(values)})
        for name, sources in found.items():
            if not _same(before[name], after[name]):
                sources.append(column)
    return found


def _shuffled(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return np.random.default_rng(0).permutation(values)


def _same(a: npt.NDArray[Any], b: npt.NDArray[Any]) -> bool:
    return bool(np.array_equal(a, b, equal_nan=a.dtype.kind == "f"))
