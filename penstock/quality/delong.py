"""The area under the ROC curve and its error.

DeLong, DeLong, Clarke-Pearson (1988), Comparing the areas under two or more correlated receiver
operating characteristic curves; by ranks as Sun and Xu (2014) do, O(n log n).
"""

from dataclasses import dataclass

import numpy as np

from penstock.quality.estimate import Estimate, Floats, around, side


@dataclass(frozen=True)
class Placements:
    """For each positive [m] the share of negatives below it, for each negative [n] of positives
    above it; ties count half. Each side's mean is the area."""

    positives: Floats
    negatives: Floats

    @property
    def area(self) -> float:
        return float(self.positives.mean())


def placements(y: Floats, p: Floats) -> Placements:
    """y: int [n] of 0 and 1, both of them; p: float [n]."""
    above, below = p[y == 1], p[y == 0]
    m, n = len(above), len(below)
    ranks = _midranks(np.concatenate([above, below]))
    return Placements(
        positives=(ranks[:m] - _midranks(above)) / n,
        negatives=1 - (ranks[m:] - _midranks(below)) / m,
    )


def area(y: Floats, p: Floats) -> Estimate:
    """At least two rows of each class."""
    found = placements(y, p)
    return around(found.area, (side(found.positives), side(found.negatives)), (0.0, 1.0))


def gain(y: Floats, p: Floats, other: Floats) -> Estimate:
    """How much larger p's area is than other's on the same rows."""
    one, two = placements(y, p), placements(y, other)
    sides = (side(one.positives - two.positives), side(one.negatives - two.negatives))
    return around(one.area - two.area, sides, (-1.0, 1.0))


def _midranks(values: Floats) -> Floats:
    """Ranks from 1, those of equal values their mean."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts - 1) / 2)[inverse]
