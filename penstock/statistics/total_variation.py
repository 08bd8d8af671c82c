"""Total variation: the share of rows that would have to change their bin to undo the drift.

Half the sum of the shares' differences (Levin and Peres, Markov Chains and Mixing Times, 4.1). It
is the scale of `monitoring.smallest_shift`, because it is one that people can picture: 0.1 says
that one row in ten is not where it used to be. A normal column that moves by 0.25 of its standard
deviation has 0.1, one that moves by 0.5 has 0.2 and a PSI of 0.25.
"""

import numpy as np

from penstock.statistics.pair import Pair


def total_variation(pair: Pair) -> float:
    """0 to 1; the missing are a bin."""
    b, w = pair.shares
    return float(np.abs(w - b).sum() / 2)
