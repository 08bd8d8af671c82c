"""The quality of a regression: y and p are float [n], n at least 2.

No use case's file may ask for it yet (`problem` is binary); a test holds it against scikit-learn.
"""

import math

import numpy as np

from penstock.quality.estimate import Estimate, Floats, mean


def measure(y: Floats, p: Floats) -> dict[str, Estimate]:
    """MAPE leaves out rows whose truth is 0, and is not there where fewer than two are left."""
    nonnegative = (0.0, math.inf)
    squares = mean((p - y) ** 2, nonnegative)
    found = {"mae": mean(np.abs(p - y), nonnegative), "rmse": _root(squares)}
    if (has := y != 0).sum() >= 2:
        found["mape"] = mean(np.abs((p[has] - y[has]) / y[has]), nonnegative)
    return found


def _root(squares: Estimate) -> Estimate:
    """A monotone function's interval is its argument's."""
    return Estimate(math.sqrt(squares.value), math.sqrt(squares.low), math.sqrt(squares.high))
