"""How much a model goes by each feature, and by each column that the features are made of."""

from collections.abc import Iterable, Mapping, Sequence
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
    for name, made_of in sources(importance, derive, columns).items():
        for source in made_of:
            found[source] += importance[name] / len(made_of) / total if total else 0.0
    return found


def sources(features: Iterable[str], derive: Features, columns: Columns) -> dict[str, list[str]]:
    """The columns that each feature is made of."""
    some = {name: values[:PROBED] for name, values in columns.items()}
    before = derive(some)
    found: dict[str, list[str]] = {name: [] for name in features}
    for column, values in some.items():
        after = derive({**some, column: _shuffled(values)})
        for name, made_of in found.items():
            if not _same(before[name], after[name]):
                made_of.append(column)
    return found


def unread(
    texts: Sequence[str], features: Iterable[str], derive: Features, columns: Columns
) -> list[str]:
    """The free texts that no feature is made of: the model does not see them."""
    made_of = sources(features, derive, columns).values() if texts else ()
    return [name for name in texts if not any(name in columns for columns in made_of)]


def _shuffled(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return np.random.default_rng(0).permutation(values)


def _same(a: npt.NDArray[Any], b: npt.NDArray[Any]) -> bool:
    return bool(np.array_equal(a, b, equal_nan=a.dtype.kind == "f"))
