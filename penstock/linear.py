"""A linear model in plain numbers, read by numpy alone; what each number adds is exact."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from penstock.matrix import Floats, Matrix


@dataclass(frozen=True)
class Linear:
    """Log-odds of a row: intercept + coefficients * (value - means), summed over its columns.

    float64 [k] each, in the order of `Encoding.matrix_names`. A missing value counts as its median,
    and that it is missing counts too: + missing * (1 or 0 - missing_means). Means are the training
    rows', so that the intercept is the log-odds of the mean row, from which all are explained.
    """

    intercept: float
    coefficients: Floats
    means: Floats
    medians: Floats
    missing: Floats
    missing_means: Floats

    @property
    def constant(self) -> float:
        """The log-odds of a row of zeros: what remains when nothing is held against a mean."""
        return float(
            self.intercept - self.coefficients @ self.means - self.missing @ self.missing_means
        )

    def contributions(self, matrix: Matrix) -> tuple[Floats, Floats]:
        """In log-odds: where every row begins [n], and what each column adds [n, k].

        Of a linear model these are the Shapley values for columns taken one by one: Lundberg and
        Lee, "A Unified Approach to Interpreting Model Predictions" (2017), corollary 1.
        """
        wide = matrix.astype(np.float64)
        gone = np.isnan(wide)
        added = self.coefficients * (np.where(gone, self.medians, wide) - self.means)
        added += self.missing * (gone - self.missing_means)
        return np.full(len(wide), self.intercept), added

    def scores(self, matrix: Matrix) -> Floats:
        """Probabilities, float64 [n]."""
        base, added = self.contributions(matrix)
        with np.errstate(over="ignore"):  # exp of much is inf, and 1 / inf the right answer
            found: Floats = 1 / (1 + np.exp(-(base + added.sum(axis=1))))
        return found

    def to_dict(self) -> dict[str, Any]:
        return {
            name: value.tolist() if isinstance(value, np.ndarray) else value
            for name, value in asdict(self).items()
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> "Linear":
        arrays = {n: np.array(v, np.float64) for n, v in raw.items() if n != "intercept"}
        return cls(intercept=float(raw["intercept"]), **arrays)
