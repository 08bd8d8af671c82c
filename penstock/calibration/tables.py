"""A baseline's table and a window's counts as one watched column."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from penstock import bins
from penstock.calibration.finding import Watched
from penstock.errors import PenstockError
from penstock.statistics.marks import Marks
from penstock.statistics.pair import Pair


def watched(name: str, entry: Mapping[str, Any], counts: Sequence[int], rows: int) -> Watched:
    """`counts`: the window's rows by bin, as `bins.fractions` orders them.

    rows: the baseline's, where the entry does not say its own. PenstockError: the counts are not
    of this entry's bins, as those of another version's baseline are.
    """
    expected = bins.expected(entry)
    if len(counts) != len(expected):
        raise PenstockError(
            f"{len(counts)} counts", where=name, expected=f"{len(expected)}, one a bin of baseline"
        )
    held = np.rint(np.asarray(expected) * entry.get("rows", rows))
    edges = entry["edges"] if entry["kind"] == "numeric" else None
    pair = Pair.of(held, np.asarray(counts, np.float64), edges)
    return Watched(name, pair, labels(entry), usual(entry.get("usual", ()), sum(counts)))


def words(name: str, table: Mapping[str, Any], held: Mapping[str, int], texts: int) -> Watched:
    """A vocabulary (`penstock.vocabulary`) and how many of the window's texts hold each word."""
    rows, listed = table["rows"], table["words"]
    before = [round(share * rows) for share in listed.values()]
    marks = Marks.of(before, [held.get(word, 0) for word in listed], (rows, texts))
    return Watched(name, marks, tuple(listed), usual(table.get("usual", ()), texts))


def share(name: str, baseline: tuple[int, int], window: tuple[int, int]) -> Watched:
    """A yes-or-no question of every row (refused, out of range), as (rows, of these yes)."""
    sides = [[rows - yes, yes, 0, 0] for rows, yes in (baseline, window)]
    return Watched(name, Pair.of(*sides), ("no", name, "other", "missing"))


def labels(entry: Mapping[str, Any]) -> tuple[str, ...]:
    """A name for each bin, in the order of `bins.fractions`."""
    if entry["kind"] != "numeric":
        return (*entry["values"], "other", "missing")
    edges = [f"{edge:.4g}" for edge in entry["edges"]]
    if not edges:
        return ("any", "missing")
    between = [low if low == high else f"{low} to {high}" for low, high in pairwise(edges)]
    last = f"above {edges[-1]}" if edges[-2:-1] == edges[-1:] else f"from {edges[-1]}"
    return (f"below {edges[0]}", *between, last, "missing")


def usual(runs: Sequence[Sequence[float]], rows: int) -> float:
    """What `penstock.usual` found for runs of at most so many rows, 0 where nothing is known."""
    within = [shift for length, shift in runs if length <= rows]
    return within[-1] if within else (runs[0][1] if runs else 0.0)
