"""The same trained model for XGBoost and scikit-learn: model.ubj behind a one-hot of the rows."""

import json
from typing import Any

import numpy as np
import pandas as pd
import xgboost as xgb
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder


def pipeline(folder: Any, rows: list[dict[str, Any]]) -> Any:
    """Numbers as they are, then the one-hot in the encoding's order, then the booster."""
    encoding = json.loads((folder / "task" / "model" / "encoding.json").read_text())
    numeric, texts = encoding["numeric"], encoding["categorical"]
    categories = [encoding["categories"][name] for name in texts]
    hot = OneHotEncoder(categories=categories, handle_unknown="ignore", sparse_output=False)
    parts = [("numbers", "passthrough", numeric), ("texts", hot, texts)]
    encoder = ColumnTransformer(parts).fit(pd.DataFrame(rows[:500]))
    classifier = xgb.XGBClassifier(n_jobs=1)
    classifier.load_model(folder / "model.ubj")
    return Pipeline([("encode", encoder), ("trees", classifier)])


def booster(folder: Any) -> Any:
    loaded = xgb.Booster({"nthread": 1})
    loaded.load_model(folder / "model.ubj")
    return loaded


def by_hand(folder: Any) -> Any:
    """A function from rows to the booster's matrix, as somebody in a hurry would write it."""
    encoding = json.loads((folder / "task" / "model" / "encoding.json").read_text())
    numeric = encoding["numeric"]
    places, width = {}, len(numeric)
    for name in encoding["categorical"]:
        places[name] = {value: width + i for i, value in enumerate(encoding["categories"][name])}
        width += len(places[name])

    def encode(rows: list[dict[str, Any]]) -> Any:
        matrix = np.zeros((len(rows), width), np.float32)
        for line, row in zip(matrix, rows, strict=True):
            line[: len(numeric)] = [row[name] for name in numeric]
            for name, place in places.items():
                line[place[row[name]]] = 1
        return matrix

    return encode
