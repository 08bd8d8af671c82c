"""Wasserstein distance: how far the values went, in standard deviations of the baseline.

The area between the two cumulative shares; Vaserstein (1969), Ramdas et al., On Wasserstein
Two-Sample Testing (2017). A bin's rows stand at its middle; the two outer bins, which have no end,
at half their neighbour's width beyond their edge.
"""

import numpy as np

from penstock.statistics.pair import Counts, Pair


def middles(edges: tuple[float, ...]) -> Counts:
    """Where the rows of each bin stand, float64 [len(edges) + 1]."""
    if not edges:
        return np.zeros(1)
    at = np.asarray(edges, np.float64)
    widths = np.diff(at) if at.size > 1 else np.ones(1)
    low, high = at[0] - widths[0] / 2, at[-1] + widths[-1] / 2
    return np.concatenate(([low], (at[:-1] + at[1:]) / 2, [high]))


def wasserstein(pair: Pair) -> float | None:
    """None where a side has no value, or the column has no order or stood still."""
    if pair.edges is None or not (pair.baseline[:-1].sum() and pair.window[:-1].sum()):
        return None
    at, (b, w) = middles(pair.edges), pair.present
    mean = float(b @ at)
    deviation = float(np.sqrt(b @ (at - mean) ** 2))
    if not deviation:
        return None
    area = np.abs(np.cumsum(w - b)[:-1]) @ np.diff(at)
    return float(area) / deviation
