"""Population stability index: the scale that credit scoring reads drift on.

sum((w - b) * ln(w / b)); Siddiqi, Credit Risk Scorecards (2006). By habit 0.1 is a little and 0.25
a lot, but its expectation without any drift is (bins - 1) * (1 / n + 1 / m): Yurdakul, Statistical
Properties of Population Stability Index (2018). So no alarm here rests on it alone.
"""

import numpy as np
import numpy.typing as npt

from penstock.statistics.pair import Pair

FLOOR = 1e-4


def of_shares(baseline: npt.ArrayLike, window: npt.ArrayLike) -> float:
    """From shares. An empty bin counts as 1e-4, the field's convention: else it were infinite."""
    b = np.maximum(np.asarray(baseline, dtype=float), FLOOR)
    w = np.maximum(np.asarray(window, dtype=float), FLOOR)
    return float(np.sum((w - b) * np.log(w / b)))


def psi(pair: Pair) -> float:
    """0 where nothing moved; the missing are a bin."""
    return of_shares(*pair.shares)
