"""Gradient-boosted trees by XGBoost, the same trees each time."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xgboost as xgb
from onnx import TensorProto, helper
from onnxmltools.convert import convert_xgboost
from onnxmltools.convert.common.data_types import FloatTensorType

from penstock import artifact
from penstock.encoding import Encoding
from penstock.matrix import Floats, Matrix
from penstock.scorer import OUTPUT
from training.data import Target
from training.errors import TrainingError
from training.graph import MATRIX, Part

# Sums of floats depend on how many threads share them, so the number is fixed, not the machine's.
THREADS = 2


@dataclass(frozen=True)
class Trees:
    """A booster of so many columns (a `training.model.Model`)."""

    booster: Any
    width: int

    def scores(self, matrix: Matrix) -> Floats:
        found: Floats = self.booster.predict(_rows(matrix)).astype(np.float64)
        return found

    def contributions(self, matrix: Matrix) -> Floats:
        """TreeSHAP: Lundberg et al., Consistent Individualized Feature Attribution for Tree
        Ensembles (2018)."""
        found: Floats = self.booster.predict(_rows(matrix), pred_contribs=True).astype(np.float64)
        return found[:, :-1]  # the last is where every row begins

    def graph(self) -> Part:
        """The converter's trees, and of their two probabilities the positive class's."""
        made = convert_xgboost(
            self.booster,
            name="trees",
            initial_types=[(MATRIX, FloatTensorType([None, self.width]))],
        ).graph
        positive = helper.make_tensor("positive", TensorProto.INT64, [], [1])
        both = made.output[1].name
        pick = helper.make_node("Gather", [both, "positive"], [OUTPUT], name="pick", axis=1)
        return Part([*made.node, pick], [*made.initializer, positive])

    def save(self, folder: Path) -> None:
        self.booster.save_model(folder / artifact.NATIVE["xgboost"])


def fit(
    matrix: Matrix, target: Target, encoding: Encoding, algorithm: Mapping[str, Any], seed: int
) -> Trees:
    """TrainingError where XGBoost takes no such parameters."""
    parameters = {
        "nthread": THREADS,
        "tree_method": "hist",
        **algorithm["parameters"],
        "objective": "binary:logistic",
        "seed": seed,
    }
    try:
        rows = _rows(matrix, label=target, nthread=parameters["nthread"])
        booster = xgb.train(parameters, rows, algorithm["rounds"])
    except (xgb.core.XGBoostError, ValueError) as error:
        raise TrainingError(
            f"XGBoost refused: {_sentence(error)}",
            where="usecase.yaml, key algorithm.parameters",
            expected="parameters that XGBoost knows",
        ) from error
    return Trees(booster, len(encoding.matrix_names))


def _rows(matrix: Matrix, **more: Any) -> Any:
    """Dense, so that only nan is missing and a 0 of a one-hot is not."""
    return xgb.DMatrix(matrix, missing=np.nan, **more)


def _sentence(error: Exception) -> str:
    """XGBoost puts a stack trace below its message."""
    lines = [line for line in str(error).splitlines() if line.strip()]
    return lines[0].split("] ", 1)[-1] if lines else repr(error)
