"""Jensen-Shannon distance: symmetric, and finite where a bin is empty.

The root of the mean relative entropy to the mixture; Lin, Divergence Measures Based on the Shannon
Entropy (1991); Endres and Schindelin (2003) for the root. Natural logarithm, so at most 0.833.
"""

import numpy as np

from penstock.statistics.pair import Counts, Pair


def jensen_shannon(pair: Pair) -> float:
    """0 where nothing moved; the missing are a bin."""
    b, w = pair.shares
    middle = (b + w) / 2
    both = (relative_entropy(b, middle) + relative_entropy(w, middle)) / 2
    return float(np.sqrt(max(both, 0.0)))


def relative_entropy(p: Counts, q: Counts) -> float:
    """sum(p * ln(p / q)) over p > 0, in nats."""
    held = p > 0
    return float(np.sum(p[held] * np.log(p[held] / q[held])))
