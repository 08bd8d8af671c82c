"""Kolmogorov-Smirnov on bins: the largest gap between the two cumulative shares.

Kolmogorov (1933), Smirnov (1948). Looking at the edges only can hide a part of the gap, never
add to it.
"""

import numpy as np

from penstock.statistics.pair import Pair


def kolmogorov_smirnov(pair: Pair) -> float | None:
    """None where a side has no value, or the column has no order."""
    if pair.edges is None or not (pair.baseline[:-1].sum() and pair.window[:-1].sum()):
        return None
    b, w = pair.present
    return float(np.abs(np.cumsum(w - b)).max())
