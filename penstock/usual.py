"""How much runs of training rows differ from all of them, though nothing has drifted.

Rows that follow each other are alike (an afternoon, a cold week, one customer's orders), so a
window of them is never a fair draw from a year, and every test of single rows says so. What the
training period already showed is no news: the largest shift of any of its runs.
"""

import numpy as np
import numpy.typing as npt

SHORTEST, FEWEST = 64, 8
Codes = npt.NDArray[np.intp]


def runs(codes: Codes, bins: int) -> list[list[float]]:
    """[[rows, largest total variation of a run of so many rows from all], ...], longer and longer.

    codes: the bin of each row [n], in order of time. Runs are half over each other, double in
    length from 64 rows, and end where fewer than eight would stand side by side.
    """
    if not len(codes):
        return []
    overall, found = _shares(codes, bins), []
    length = SHORTEST
    while length * FEWEST <= len(codes):
        starts = range(0, len(codes) - length + 1, length // 2)
        apart = (np.abs(_shares(codes[i : i + length], bins) - overall).sum() / 2 for i in starts)
        found.append([float(length), float(max(apart))])
        length *= 2
    return found


def _shares(codes: Codes, bins: int) -> npt.NDArray[np.float64]:
    return np.bincount(codes, minlength=bins) / len(codes)
