"""How much runs of training rows differ from all of them, though nothing has drifted.

Rows that follow each other are alike (an afternoon, a cold week, one customer's orders), so a
window of them is never a fair draw from a year, and every test of single rows says so. What the
training period already showed is no news: the largest shift of any of its runs.
"""

from collections.abc import Iterator

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
    for length, starts in _lengths(len(codes)):
        apart = (np.abs(_shares(codes[i : i + length], bins) - overall).sum() / 2 for i in starts)
        found.append([float(length), float(max(apart))])
    return found


def runs_of_marks(
    marks: npt.NDArray[np.intp], kinds: int, present: npt.NDArray[np.bool_]
) -> list[list[float]]:
    """The same of marks that a row may have several of: [[rows, largest move of a mark's share]].

    marks: [k, 2] of row and kind, none twice; present: the rows [n] that could have one.
    """
    if not kinds:
        return []
    block = SHORTEST // 2  # every run begins and ends with one
    counts = np.zeros((-(-len(present) // block) + 1, kinds + 1))
    np.add.at(counts, (marks[:, 0] // block + 1, marks[:, 1]), 1)
    rows = np.flatnonzero(present)
    np.add.at(counts, (rows // block + 1, np.full(len(rows), kinds)), 1)
    until = counts.cumsum(axis=0)
    overall, found = until[-1, :-1] / max(until[-1, -1], 1), []
    for length, starts in _lengths(len(present)):
        first = np.array(starts) // block
        held = until[first + length // block] - until[first]
        held = held[held[:, -1] > 0]
        apart = np.abs(held[:, :-1] / held[:, -1:] - overall)
        found.append([float(length), float(apart.max(initial=0.0))])
    return found


def _lengths(rows: int) -> Iterator[tuple[int, range]]:
    """How long runs are, and where those of that length begin."""
    length = SHORTEST
    while length * FEWEST <= rows:
        yield length, range(0, rows - length + 1, length // 2)
        length *= 2


def _shares(codes: Codes, bins: int) -> npt.NDArray[np.float64]:
    return np.bincount(codes, minlength=bins) / len(codes)
