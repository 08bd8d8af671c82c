"""The algorithms: what each is asked in a training, and which module has it."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from penstock.encoding import Encoding
from penstock.matrix import Floats, Matrix
from training import linear, trees
from training.data import Target
from training.errors import TrainingError
from training.graph import Part


class Model(Protocol):
    """A fitted model. A matrix is float32 [n, len(matrix_names)], nan where a number is missing."""

    def scores(self, matrix: Matrix) -> Floats:
        """The library's own probabilities, float64 [n]: what the ONNX graph is held against."""

    def contributions(self, matrix: Matrix) -> Floats:
        """What each column of the matrix adds to a row's log-odds, float64 [n, k]."""

    def graph(self) -> Part:
        """From the matrix to the score; its bytes depend on nothing but the model."""

    def save(self, folder: Path) -> None:
        """The native form, under the name that `penstock.artifact.NATIVE` has for it."""


ALGORITHMS: Mapping[str, Callable[..., Model]] = {
    "xgboost": trees.fit,
    "logistic_regression": linear.fit,
}


def fit(
    matrix: Matrix, target: Target, encoding: Encoding, algorithm: Mapping[str, Any], seed: int
) -> Model:
    """The same model each time, of the same arguments."""
    return ALGORITHMS[algorithm["name"]](matrix, target, encoding, algorithm, seed)


def refuse_infinite(matrix: Matrix, encoding: Encoding, channel: str) -> None:
    """A feature that divides by zero is a mistake in features.py, said before a library says it."""
    rows, columns = np.nonzero(np.isinf(matrix))
    if len(rows):
        raise TrainingError(
            f"feature {encoding.matrix_names[columns[0]]} is infinite in row {rows[0]}",
            where=f"features.py, channel {channel}",
            expected="a finite number, or nan where there is none",
        )
