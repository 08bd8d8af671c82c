"""Marks that a row may have several of, as a text has words: rows with each, on both sides.

They are no bins: what is true of one word says nothing of how the others share the rest.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from penstock.errors import PenstockError
from penstock.statistics.pair import Counts


@dataclass(frozen=True, eq=False)
class Marks:
    """Rows that have each mark, float64 [marks], of the rows of either side."""

    baseline: Counts
    window: Counts
    rows: tuple[int, int]
    edges: ClassVar[None] = None

    @classmethod
    def of(
        cls, baseline: Sequence[float], window: Sequence[float], rows: tuple[int, int]
    ) -> "Marks":
        """Check what was counted; a PenstockError says what does not fit together."""
        sides = np.array(baseline, np.float64), np.array(window, np.float64)
        if sides[0].shape != sides[1].shape:
            raise PenstockError(
                f"{sides[1].size} counts", where="window", expected=f"{sides[0].size}, one a mark"
            )
        for name, side, most in zip(("baseline", "window"), sides, rows, strict=True):
            if not ((side >= 0) & (side <= most)).all():
                raise PenstockError("not rows", where=name, expected=f"0 to {most} of each mark")
        return cls(*sides, rows)

    @cached_property
    def shares(self) -> tuple[Counts, Counts]:
        """Both sides' share of rows with each mark; all 0 where there are no rows."""
        return self.baseline / max(self.rows[0], 1), self.window / max(self.rows[1], 1)

    @cached_property
    def moves(self) -> Counts:
        """How far each mark's share moved."""
        b, w = self.shares
        return np.abs(w - b)


def largest_move(marks: Marks) -> float:
    """How far the share of rows moved that have the mark which moved most, 0 to 1.

    At most the total variation of the rows themselves, which is the largest move of the share of
    any kind of rows (Levin and Peres, Markov Chains and Mixing Times, 4.1): on the same scale.
    """
    return float(marks.moves.max(initial=0.0))
