"""Metrics of a binary classifier, in numpy: scikit-learn does not fit into the serving Lambda.

Tests hold each against scikit-learn. `y`: int [n] of 0 and 1, `p`: float [n], probability of 1.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[Any]


def roc_auc(y: Floats, p: Floats) -> float:
    """Area under the ROC curve by ranks (Mann-Whitney U), ties counted half."""
    order = np.argsort(p, kind="mergesort")
    _, start, counts = np.unique(p[order], return_index=True, return_counts=True)
    ranks = np.empty(len(p))
    ranks[order] = np.repeat(start + (counts + 1) / 2, counts)
    positives = float(y.sum())
    negatives = len(y) - positives
    u = float(ranks[y == 1].sum()) - positives * (positives + 1) / 2
    return u / (positives * negatives)


def average_precision(y: Floats, p: Floats) -> float:
    """Sum of precision over recall steps, as scikit-learn defines it."""
    order = np.argsort(-p, kind="mergesort")
    y, p = y[order], p[order]
    last_of_tie = np.r_[p[1:] != p[:-1], True]
    hits = np.cumsum(y)[last_of_tie]
    shown = (np.arange(len(y)) + 1)[last_of_tie]
    return float(np.sum(np.diff(np.r_[0.0, hits / y.sum()]) * hits / shown))


def log_loss(y: Floats, p: Floats) -> float:
    return float(np.mean(log_losses(y, p)))


def log_losses(y: Floats, p: Floats) -> Floats:
    """Each row's, float64 [n]."""
    p = np.clip(p.astype(np.float64), 1e-15, 1 - 1e-15)
    return -np.where(y == 1, np.log(p), np.log1p(-p))


def brier(y: Floats, p: Floats) -> float:
    return float(np.mean((p - y) ** 2))


def calibration_error(y: Floats, p: Floats, bins: int = 10) -> float:
    """Expected calibration error over equal-width bins (Guo et al. 2017)."""
    which = np.minimum((p * bins).astype(int), bins - 1)
    gaps = [
        abs(float(y[which == b].mean() - p[which == b].mean())) * float((which == b).mean())
        for b in np.unique(which)
    ]
    return float(sum(gaps))


def evaluate(y: Floats, p: Floats, threshold: float) -> dict[str, float]:
    """Every metric a gate may name. Both classes must be present."""
    if len(np.unique(y)) != 2:
        raise ValueError("both classes are needed to measure a classifier")
    predicted = p >= threshold
    hits = float(np.sum(predicted & (y == 1)))
    return {
        "roc_auc": roc_auc(y, p),
        "average_precision": average_precision(y, p),
        "log_loss": log_loss(y, p),
        "brier": brier(y, p),
        "calibration_error": calibration_error(y, p),
        "accuracy": float(np.mean(predicted == (y == 1))),
        "precision": hits / float(predicted.sum()) if predicted.any() else 0.0,
        "recall": hits / float(y.sum()),
    }


HIGHER_IS_BETTER = frozenset({"roc_auc", "average_precision", "accuracy", "precision", "recall"})
