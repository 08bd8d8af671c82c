"""The gradient-boosted trees of a use case, the same trees each time."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import xgboost as xgb

from penstock.encoding import Encoding
from training.errors import TrainingError

# Sums of floats depend on how many threads share them, so the number is fixed, not the machine's.
THREADS = 2


def fit(
    matrix: npt.NDArray[np.float32],
    target: npt.NDArray[np.int64],
    algorithm: Mapping[str, Any],
    seed: int,
) -> Any:
    """A booster. The matrix is dense, so that only nan is missing and a 0 of a one-hot is not."""
    parameters = {
        "nthread": THREADS,
        "tree_method": "hist",
        **algorithm["parameters"],
        "objective": "binary:logistic",
        "seed": seed,
    }
    try:
        rows = xgb.DMatrix(matrix, target, missing=np.nan, nthread=parameters["nthread"])
        return xgb.train(parameters, rows, algorithm["rounds"])
    except (xgb.core.XGBoostError, ValueError) as error:
        raise TrainingError(
            f"XGBoost refused: {_sentence(error)}",
            where="usecase.yaml, key algorithm.parameters",
            expected="parameters that XGBoost knows",
        ) from error


def predict(booster: Any, matrix: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """The native answer, float64 [n]: what the ONNX graph is held against."""
    scores: npt.NDArray[np.float32] = booster.predict(xgb.DMatrix(matrix, missing=np.nan))
    return scores.astype(np.float64)


def contributions(booster: Any, matrix: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """What each column of the matrix adds to a row's log-odds, float64 [n, k]: TreeSHAP.

    Lundberg et al., Consistent Individualized Feature Attribution for Tree Ensembles (2018).
    """
    rows = xgb.DMatrix(matrix, missing=np.nan)
    found: npt.NDArray[np.float32] = booster.predict(rows, pred_contribs=True)
    return found[:, :-1].astype(np.float64)  # the last is where every row begins


def refuse_infinite(matrix: npt.NDArray[np.float32], encoding: Encoding, channel: str) -> None:
    """A feature that divides by zero is a mistake in features.py, said before XGBoost says it."""
    rows, columns = np.nonzero(np.isinf(matrix))
    if len(rows):
        raise TrainingError(
            f"feature {encoding.matrix_names[columns[0]]} is infinite in row {rows[0]}",
            where=f"features.py, channel {channel}",
            expected="a finite number, or nan where there is none",
        )


def _sentence(error: Exception) -> str:
    """XGBoost puts a stack trace below its message."""
    lines = [line for line in str(error).splitlines() if line.strip()]
    return lines[0].split("] ", 1)[-1] if lines else repr(error)
