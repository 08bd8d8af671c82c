"""The area under the precision-recall curve (average precision) and its bootstrap interval."""

import numpy as np

from penstock import metrics
from penstock.quality.estimate import Estimate, Floats, percentiles

_DRAWS, _SEED = 400, 7
_AT_ONCE = 4_000_000  # cells of a block of draws: 32 MB


def measure(y: Floats, p: Floats) -> Estimate:
    """Rows are drawn with replacement, each class as often as it is there (Efron 1979)."""
    order = np.argsort(-p, kind="mergesort")
    y, p = y[order], p[order]
    last_of_tie = np.flatnonzero(np.r_[p[1:] != p[:-1], True])
    random = np.random.default_rng(_SEED)
    block = max(_AT_ONCE // len(y), 1)
    drawn = [
        _of_weights(_weights(random, y, min(block, _DRAWS - i)), y, last_of_tie)
        for i in range(0, _DRAWS, block)
    ]
    return percentiles(metrics.average_precision(y, p), np.concatenate(drawn))


def _weights(random: np.random.Generator, y: Floats, draws: int) -> Floats:
    """How often each row was drawn, [draws, n]."""
    weights = np.empty((draws, len(y)))
    for value in (0, 1):
        rows = np.flatnonzero(y == value)
        even = np.full(len(rows), 1 / len(rows))
        weights[:, rows] = random.multinomial(len(rows), even, draws)
    return weights


def _of_weights(weights: Floats, y: Floats, last_of_tie: Floats) -> Floats:
    """Average precision of every draw [draws]: y sorted by falling score."""
    hits = np.cumsum(weights * y, axis=1)[:, last_of_tie]
    shown = np.cumsum(weights, axis=1)[:, last_of_tie]
    precision = np.divide(hits, shown, out=np.zeros_like(hits), where=shown > 0)
    steps = np.diff(hits, axis=1, prepend=0.0)
    found: Floats = (steps * precision).sum(axis=1) / hits[:, -1]
    return found
