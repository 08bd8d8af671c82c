"""XGBoost on a matrix that was encoded beforehand: the floor of its batches."""

import json
from typing import Any

import native
import numpy as np


def load(folder: Any, rows: list[dict[str, Any]]) -> Any:
    """Numbers as they are, then the one-hot in the encoding's order."""
    encoding = json.loads((folder / "task" / "model" / "encoding.json").read_text())
    with np.load(folder / "packed.npz") as arrays:
        packed = dict(arrays)
    matrix = packed["numeric"]
    for i, name in enumerate(encoding["categorical"]):
        hot = packed["categorical"][:, i, None] == np.array(encoding["categories"][name])
        matrix = np.hstack([matrix, hot.astype(np.float32)])
    matrix = np.ascontiguousarray(matrix)
    ask = native.booster(folder).inplace_predict
    return lambda i: ask(matrix[i : i + 1])[0], lambda: ask(matrix)
