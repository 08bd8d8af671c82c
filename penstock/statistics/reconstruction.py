"""PCA reconstruction error: how far a row is from the directions in which rows vary together.

Jackson and Mudholkar, Control Procedures for Residuals Associated with Principal Component
Analysis (1979), Q = |x - P P'x|^2 of standardised x; its root is what NannyML follows, with the
components that hold 65 % of the variance. Two columns that part, each within its own habits, are
near where training rows were, and far from how these hung together.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

KEPT = 0.65
Matrix = npt.NDArray[np.float64]


def fit(rows: Matrix) -> dict[str, Any] | None:
    """centre [k], scale [k] and components [c][k] of rows [n, k]; NaN counts as the mean.

    None where nothing varies together: fewer than two columns that vary at all.
    """
    present = ~np.isnan(rows)
    filled = np.where(present, rows, 0.0)
    held = np.maximum(present.sum(axis=0), 1)
    centre = filled.sum(axis=0) / held
    scale = np.sqrt((np.where(present, rows - centre, 0.0) ** 2).sum(axis=0) / held)
    scale = np.where(scale > 1e-9 * np.maximum(np.abs(centre), 1e-12), scale, np.inf)  # stood still
    if np.isfinite(scale).sum() < 2:
        return None
    unit = _unit(rows, centre, scale)
    variances, vectors = np.linalg.eigh(unit.T @ unit / len(unit))
    order = np.argsort(variances)[::-1]
    shares = np.cumsum(variances[order]) / variances.sum()
    kept = min(int(np.searchsorted(shares, KEPT)) + 1, int(np.isfinite(scale).sum()) - 1)
    return {
        "centre": _short(centre),
        "scale": [
            None if np.isinf(s) else short for s, short in zip(scale, _short(scale), strict=True)
        ],
        "components": [_short(vectors[:, i]) for i in order[:kept]],
    }


def errors(fitted: Mapping[str, Any], rows: Matrix) -> Matrix:
    """The distance [n] of each row [n, k], in standard deviations of a column."""
    scale = np.array([np.inf if s is None else s for s in fitted["scale"]])
    unit = _unit(rows, np.asarray(fitted["centre"]), scale)
    components = np.asarray(fitted["components"])
    found: Matrix = np.linalg.norm(unit - unit @ components.T @ components, axis=1)
    return found


def _unit(rows: Matrix, centre: Matrix, scale: Matrix) -> Matrix:
    found: Matrix = np.nan_to_num((rows - centre) / scale, nan=0.0)
    return found


def _short(values: Matrix) -> list[float]:
    """Six digits: what differs by rounding only is the same baseline."""
    return [float(f"{value:.6g}") for value in values.tolist()]
