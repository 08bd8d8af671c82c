"""The native model of an artifact: its scores, and how they are shared among the features."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, Self

from functions.shared.explaining.shares import Shares
from penstock import artifact, features
from penstock.contract import Columns, Contract
from penstock.encoding import Encoding
from penstock.linear import Linear
from penstock.matrix import Floats, Matrix, by_feature, matrix


class Learned(Protocol):
    """What an algorithm's native form is asked: of a matrix, float32 [n, k]."""

    def contributions(self, matrix: Matrix) -> tuple[Floats, Floats]:
        """In log-odds: where every row begins [n], and what each column adds [n, k]."""

    def scores(self, matrix: Matrix) -> Floats:
        """Probabilities, float64 [n]."""


@dataclass(frozen=True)
class Native:
    """A model artifact, loaded for explanations: features.py and encoding as in the scorer."""

    contract: Contract
    encoding: Encoding
    derive: features.Features
    model: Learned

    @classmethod
    def load(cls, model_dir: Path, *, features_sha256: str | None = None) -> Self:
        """Read the native model and what lies beside it; other features are refused unrun."""
        return cls(
            Contract.from_dict(_json(model_dir / "contract.json")),
            Encoding.from_dict(_json(model_dir / "encoding.json")),
            features.load(model_dir / "features.py", features_sha256),
            _model(artifact.native(model_dir)),
        )

    def scores(self, columns: Columns) -> Floats:
        """Probabilities, float64 [n], of what Contract.parse returned."""
        return self.model.scores(self._matrix(self.derive(columns)))

    def shares(self, columns: Columns) -> Shares:
        """Of what Contract.parse returned."""
        derived = self.derive(columns)
        base, added = self.model.contributions(self._matrix(derived))
        return Shares(base, by_feature(self.encoding, added), derived)

    def _matrix(self, derived: Columns) -> Matrix:
        return matrix(self.encoding, self.encoding.pack(derived))


def _model(path: Path) -> Learned:
    if path.name == artifact.NATIVE["logistic_regression"]:
        return Linear.from_dict(_json(path))
    from functions.shared.explaining.trees import Trees  # XGBoost takes a second to import

    return Trees.load(path)


def _json(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
