"""The matrix that the native model sees, in numpy: where it is asked, no ONNX Runtime is.

In training the ONNX graph itself makes it (`training.graph.matrix`); a test holds the two equal,
and each explanation is held to the score that the graph gave.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from penstock.encoding import Encoding

Matrix = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]


def matrix(encoding: Encoding, packed: dict[str, npt.NDArray[Any]]) -> Matrix:
    """What `Encoding.pack` made, as float32 [n, len(matrix_names)]; missing numbers stay nan.

    A category that is missing, or that training has not seen, is zeros.
    """
    parts = [packed["numeric"]] if encoding.numeric else []
    for i, name in enumerate(encoding.categorical):
        known = np.array(encoding.categories[name], object)
        parts.append((packed["categorical"][:, i : i + 1] == known).astype(np.float32))
    return np.concatenate(parts, axis=1)


def by_feature(encoding: Encoding, values: npt.NDArray[Any]) -> dict[str, Floats]:
    """[n, len(matrix_names)] summed to features, float64 [n] each: a one-hot is one feature."""
    wide = values.astype(np.float64)
    numbers = len(encoding.numeric)
    found = {name: wide[:, i] for i, name in enumerate(encoding.numeric)}
    at = numbers
    for name in encoding.categorical:
        width = len(encoding.categories[name])
        found[name] = wide[:, at : at + width].sum(axis=1)
        at += width
    return found
