"""Whether seven of ten cases that are given 70 % happen: the reliability diagram's bins."""

from typing import Any

import numpy as np

from penstock.quality.estimate import Floats, share

BINS = 10


def bins(y: Floats, p: Floats) -> list[dict[str, Any]]:
    """Equal-width bins that hold a row: `rows`, the mean score `said`, the share `seen` that was
    positive, with Wilson's interval `low` to `high` (DeGroot and Fienberg 1983)."""
    which = np.minimum((p * BINS).astype(int), BINS - 1)
    found = []
    for b in np.unique(which):
        rows = which == b
        seen = share(float(y[rows].sum()), float(rows.sum()))
        found.append(
            {
                "rows": int(rows.sum()),
                "said": float(p[rows].mean()),
                "seen": seen.value,
                "low": seen.low,
                "high": seen.high,
            }
        )
    return found
