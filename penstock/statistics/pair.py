"""One column's rows in the same bins on both sides: what every statistic is made from."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from penstock.errors import PenstockError

Counts = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Pair:
    """Rows by bin, float64 [bins]; the last bin holds the missing, a category's last but one the
    values that the baseline does not list.

    edges: the inner edges of a numeric column's bins, which have an order; None for a category.
    """

    baseline: Counts
    window: Counts
    edges: tuple[float, ...] | None = None

    @classmethod
    def of(
        cls,
        baseline: Sequence[float] | npt.NDArray[Any],
        window: Sequence[float] | npt.NDArray[Any],
        edges: Sequence[float] | None = None,
    ) -> "Pair":
        """Check what was counted; a PenstockError says what does not fit together."""
        sides = [np.asarray(side, np.float64) for side in (baseline, window)]
        bins = sides[0].size if edges is None else len(edges) + 2
        for name, side in zip(("baseline", "window"), sides, strict=True):
            if side.shape != (bins,):
                raise PenstockError(
                    f"{side.size} counts", where=name, expected=f"{bins}, one a bin and the missing"
                )
            if not (np.isfinite(side).all() and (side >= 0).all()):
                raise PenstockError("a count below 0, or none", where=name, expected="rows by bin")
        return cls(sides[0], sides[1], None if edges is None else tuple(edges))

    @cached_property
    def rows(self) -> tuple[int, int]:
        return int(self.baseline.sum()), int(self.window.sum())

    @cached_property
    def shares(self) -> tuple[Counts, Counts]:
        """Both sides' share of every bin; all 0 where there are no rows."""
        return share(self.baseline), share(self.window)

    @cached_property
    def present(self) -> tuple[Counts, Counts]:
        """The same among the rows that have a value."""
        return share(self.baseline[:-1]), share(self.window[:-1])


def share(counts: Counts) -> Counts:
    """Counts [k] as shares [k] of their sum."""
    found: Counts = counts / max(counts.sum(), 1)
    return found
