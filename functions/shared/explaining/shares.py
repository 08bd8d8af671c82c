"""How scores are shared among the features; apart from the model, so that it needs no XGBoost."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from penstock.contract import Columns
from penstock.matrix import Floats


@dataclass(frozen=True)
class Shares:
    """In log-odds, float64 [n] each: where every row begins, and what each feature adds.

    `features` are the values that the model saw, in the same rows.
    """

    base: Floats
    contributions: Mapping[str, Floats]
    features: Columns

    def __len__(self) -> int:
        return len(self.base)

    @property
    def log_odds(self) -> Floats:
        """What base and contributions add up to."""
        total: Floats = self.base + np.sum(list(self.contributions.values()), axis=0)
        return total
