"""Gradient-boosted trees as XGBoost has them: their scores, and how those are shared out.

TreeSHAP: Lundberg et al., "Consistent Individualized Feature Attribution for Tree Ensembles"
(2018), algorithm 2, exact, missing values included.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import xgboost as xgb

from penstock.errors import PenstockError
from penstock.matrix import Floats, Matrix

MISSING = np.nan  # and not the 0 of a one-hot: as in training, the matrix is dense


@dataclass(frozen=True)
class Trees:
    """A booster, asked by its matrix (float32 [n, k])."""

    booster: Any

    @classmethod
    def load(cls, path: Path) -> Self:
        try:
            return cls(xgb.Booster(model_file=path))
        except xgb.core.XGBoostError as error:
            raise PenstockError(
                f"not loaded: {str(error).splitlines()[0]}",
                where=str(path),
                expected="a model of XGBoost",
            ) from error

    def contributions(self, matrix: Matrix) -> tuple[Floats, Floats]:
        """In log-odds: where every row begins [n], and what each column adds [n, k]."""
        rows = xgb.DMatrix(matrix, missing=MISSING)
        parts = self.booster.predict(rows, pred_contribs=True).astype(np.float64)
        return parts[:, -1], parts[:, :-1]

    def scores(self, matrix: Matrix) -> Floats:
        """Probabilities, float64 [n], without a copy of the matrix."""
        found: Floats = self.booster.inplace_predict(matrix, missing=MISSING).astype(np.float64)
        return found
