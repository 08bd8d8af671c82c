"""Logistic regression by scikit-learn: medians, scaled numbers, and a sign of what was missing."""

import json
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from onnx import TensorProto
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import ConvergenceWarning
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from penstock import artifact
from penstock.encoding import Encoding
from penstock.linear import Linear
from penstock.matrix import Floats, Matrix
from penstock.scorer import OUTPUT
from training.data import Target
from training.errors import TrainingError
from training.graph import MATRIX, Part

TOLERANCE = 1e-6  # of the gradient: where it ends must not hang on where it began


@dataclass(frozen=True)
class LogisticModel:
    """scikit-learn's pipeline, and what it comes down to (a `training.model.Model`)."""

    pipeline: Pipeline
    linear: Linear

    def scores(self, matrix: Matrix) -> Floats:
        found: Floats = self.pipeline.predict_proba(matrix.astype(np.float64))[:, 1]
        return found

    def contributions(self, matrix: Matrix) -> Floats:
        return self.linear.contributions(matrix)[1]

    def graph(self) -> Part:
        """`penstock.linear` in ONNX, its constants in one sum: in float64, where sums of large
        values keep what they differ by."""
        linear, part = self.linear, Part([], [])
        part.node("Cast", [MATRIX], "wide", to=TensorProto.DOUBLE)
        part.node("IsNaN", ["wide"], "gone")
        part.node("Where", ["gone", part.constant("medians", linear.medians), "wide"], "filled")
        part.node("MatMul", ["filled", part.constant("coefficients", linear.coefficients)], "there")
        total = "there"
        if linear.missing.any():
            part.node("Cast", ["gone"], "signs", to=TensorProto.DOUBLE)
            part.node("MatMul", ["signs", part.constant("missing", linear.missing)], "lacking")
            part.node("Add", ["there", "lacking"], "total")
            total = "total"
        part.node("Add", [total, part.constant("constant", linear.constant)], "log_odds")
        part.node("Sigmoid", ["log_odds"], "probability")
        part.node("Cast", ["probability"], OUTPUT, to=TensorProto.FLOAT)
        return part

    def save(self, folder: Path) -> None:
        text = json.dumps(self.linear.to_dict(), sort_keys=True, indent=1) + "\n"
        (folder / artifact.NATIVE["logistic_regression"]).write_text(text, encoding="utf-8")


def fit(
    matrix: Matrix, target: Target, encoding: Encoding, algorithm: Mapping[str, Any], seed: int
) -> LogisticModel:
    """One thread, since sums depend on how many share them; TrainingError if it does not settle."""
    numbers = list(range(len(encoding.numeric)))
    pipeline = _pipeline(numbers, matrix.shape[1], algorithm, seed)
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        # scikit-learn 1.8 asks for C=inf where no penalty is meant, and warns of it
        warnings.filterwarnings("ignore", "Setting penalty=None")
        try:
            pipeline.fit(matrix.astype(np.float64), target)
        except ConvergenceWarning:
            raise TrainingError(
                f"no end after {algorithm['max_iter']} iterations",
                where="usecase.yaml, key algorithm.max_iter",
                expected="more of them, or a stronger penalty (a smaller C)",
            ) from None
    return LogisticModel(pipeline, _linear(pipeline, matrix, len(numbers)))


def _pipeline(numbers: list[int], width: int, algorithm: Mapping[str, Any], seed: int) -> Pipeline:
    """The one-hot columns, which have one scale already, go by as they are."""
    imputer = SimpleImputer(strategy="median", keep_empty_features=True)
    signs = MissingIndicator(features="missing-only", error_on_new=False)
    encode = ColumnTransformer(
        [
            ("numbers", make_pipeline(imputer, StandardScaler()), numbers),
            ("missing", signs, numbers),
            ("categories", "passthrough", list(range(len(numbers), width))),
        ]
    )
    classify = LogisticRegression(
        C=np.inf if algorithm["penalty"] == "none" else algorithm["C"],
        class_weight=algorithm["class_weight"],
        max_iter=algorithm["max_iter"],
        random_state=seed,
        tol=TOLERANCE,
    )
    return Pipeline([("encode", encode), ("classify", classify)])


def _linear(pipeline: Pipeline, matrix: Matrix, numbers: int) -> Linear:
    """The pipeline's numbers, by the matrix's own columns and units."""
    encode, classify = pipeline["encode"].named_transformers_, pipeline["classify"]
    wide = matrix.astype(np.float64)
    weights: Floats = classify.coef_[0]
    made = {name: np.zeros(wide.shape[1]) for name in ("missing", "missing_means", "medians")}
    coefficients, means = np.zeros(wide.shape[1]), wide.mean(axis=0)
    lacking = np.array([], int)
    if numbers:
        imputer, scaler = encode["numbers"]
        lacking = encode["missing"].features_
        made["medians"][:numbers] = np.nan_to_num(imputer.statistics_)
        coefficients[:numbers] = weights[:numbers] / scaler.scale_
        means[:numbers] = scaler.mean_
    signs = slice(numbers, numbers + len(lacking))
    made["missing"][lacking] = weights[signs]
    made["missing_means"][lacking] = np.isnan(wide[:, lacking]).mean(axis=0)
    coefficients[numbers:] = weights[signs.stop :]
    # the numbers were centred when it was fitted; signs and categories are only now
    intercept = (
        classify.intercept_[0]
        + made["missing"] @ made["missing_means"]
        + coefficients[numbers:] @ means[numbers:]
    )
    return Linear(float(intercept), coefficients, means, **made)
