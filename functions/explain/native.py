"""The native model of an artifact: its margins, and how they are shared among the features.

TreeSHAP as XGBoost has it: Lundberg et al., "Consistent Individualized Feature Attribution for Tree
Ensembles" (2018), algorithm 2, exact, missing values included.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import xgboost as xgb

from functions.explain.shares import Shares
from penstock import features
from penstock.contract import Columns, Contract
from penstock.encoding import Encoding
from penstock.errors import PenstockError
from penstock.matrix import by_feature, matrix


@dataclass(frozen=True)
class Native:
    """A model artifact, loaded for explanations: features.py and encoding as in the scorer."""

    contract: Contract
    encoding: Encoding
    derive: features.Features
    booster: Any

    @classmethod
    def load(cls, model_dir: Path, *, features_sha256: str | None = None) -> Self:
        """Read model.ubj and what lies beside it; other features are refused unrun."""
        try:
            booster = xgb.Booster(model_file=model_dir / "model.ubj")
        except xgb.core.XGBoostError as error:
            raise PenstockError(
                f"not loaded: {str(error).splitlines()[0]}",
                where=str(model_dir / "model.ubj"),
                expected="a model of XGBoost",
            ) from error
        return cls(
            Contract.from_dict(_json(model_dir / "contract.json")),
            Encoding.from_dict(_json(model_dir / "encoding.json")),
            features.load(model_dir / "features.py", features_sha256),
            booster,
        )

    def shares(self, columns: Columns) -> Shares:
        """Of what Contract.parse returned."""
        derived = self.derive(columns)
        seen = matrix(self.encoding, self.encoding.pack(derived))
        # dense, as in training: only nan is missing, a 0 of a one-hot is not
        parts = self.booster.predict(xgb.DMatrix(seen, missing=np.nan), pred_contribs=True)
        return Shares(parts[:, -1].astype(np.float64), by_feature(self.encoding, parts), derived)


def _json(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
