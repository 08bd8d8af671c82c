"""How little chance explains each column's move: one p-value a column, and where it shows most.

A column is cut in two in every way that says something: each bin against the rest, and, where bins
have an order, what is below each edge against what is not. Each cut is Fisher's exact test; the
smallest p-value times the number of cuts holds for the column (Bonferroni; Tippett 1931). Half of
the column's level goes to the entropy bound. All of it is true of any counts, so a window of thirty
rows is judged as rightly as one of a million; and of bins that are tenths of the baseline, where
the window's rows are beta-binomial (a test holds the levels there).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from penstock.calibration import entropy, hypergeometric
from penstock.statistics.marks import Marks
from penstock.statistics.pair import Counts, Pair

Compared = Pair | Marks


@dataclass(frozen=True)
class Cut:
    """The bins [first, last) of a column against all of its others."""

    first: int
    last: int


@dataclass(frozen=True)
class Evidence:
    """`cut`: where chance explains least, of marks the one that moved most; None where a column
    has a single bin."""

    log_p: float
    cut: Cut | None

    @property
    def p_value(self) -> float:
        return math.exp(self.log_p)


def weigh(pairs: Sequence[Compared]) -> list[Evidence]:
    """The evidence of each column; the exact tests of all are made at once."""
    cuts = [cuts_of(pair) for pair in pairs]
    tables = [_table(pair, mine) for pair, mine in zip(pairs, cuts, strict=True)]
    logs = hypergeometric.log_p(*np.concatenate(tables, axis=1)) if tables else np.empty(0)
    ends = np.cumsum([len(mine) for mine in cuts])[:-1]
    parts = np.split(logs, ends)
    return [_evidence(*each) for each in zip(pairs, cuts, parts, strict=True)]


def cuts_of(pair: Compared) -> list[Cut]:
    """The ways to cut a column in two; a cut and its mirror image are one.

    Of marks each against its absence: a row that has one may have others, so none is a mirror.
    """
    held = np.flatnonzero(pair.baseline + pair.window)
    if isinstance(pair, Marks):
        return [Cut(int(i), int(i) + 1) for i in held]
    if held.size < 2:
        return []
    single = [Cut(int(i), int(i) + 1) for i in held]
    if held.size == 2:
        return single[:1]
    if pair.edges is None:
        return single
    missing = len(pair.baseline) - 1
    present = held[held != missing]
    # below the last present bin is that bin's mirror image, unless some rows are missing
    inner = present[1:] if missing in held else present[1:-1]
    return single + [Cut(0, int(i)) for i in inner[1:]]


def counted(side: Counts, cuts: Sequence[Cut]) -> Counts:
    """The rows of one side in each cut [cuts]."""
    up_to = np.concatenate(([0.0], np.cumsum(np.rint(side))))
    return up_to[[cut.last for cut in cuts]] - up_to[[cut.first for cut in cuts]]


def _table(pair: Compared, cuts: Sequence[Cut]) -> Counts:
    """hit, marked, drawn and total of every cut, float64 [4, cuts]."""
    if not cuts:
        return np.empty((4, 0))
    baseline, window = counted(pair.baseline, cuts), counted(pair.window, cuts)
    before, drawn = _rows(pair)
    total = drawn + before
    sizes = (np.full(len(cuts), drawn), np.full(len(cuts), total))
    return np.stack([window, baseline + window, *sizes])


def _rows(pair: Compared) -> tuple[float, float]:
    if isinstance(pair, Marks):
        return pair.rows
    return float(np.rint(pair.baseline).sum()), float(np.rint(pair.window).sum())


def _evidence(pair: Compared, cuts: Sequence[Cut], logs: Counts) -> Evidence:
    if not cuts:
        return Evidence(0.0, None)
    best = int(np.argmin(logs))
    if len(cuts) == 1:
        return Evidence(float(logs[0]), cuts[0])
    if isinstance(pair, Marks):  # the entropy bound is of bins; their shift is one mark's
        widest = max(cuts, key=lambda cut: float(pair.moves[cut.first]))
        return Evidence(min(float(logs[best]) + math.log(len(cuts)), 0.0), widest)
    held = pair.baseline + pair.window > 0
    bound = entropy.log_p(pair.baseline[held], pair.window[held])
    least = min(float(logs[best]) + math.log(len(cuts)), bound) + math.log(2)
    return Evidence(min(least, 0.0), cuts[best])
