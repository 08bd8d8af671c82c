"""How far a better model's scores lie from the champion's: evaluate measures it, the judge of a
release allows for it, or a canary would take back just those retrainings that mend much."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from penstock.ks import gaps

NONE = "none"  # what a package says that is not known to mend anything
_FORM = re.compile(r"up=([\d.]+) down=([\d.]+) labels=([\d.]+) of=([0-9a-f]{64})")


@dataclass(frozen=True)
class Mending:
    """Of champion and challenger on the same rows, shares in [0, 1].

    of: the champion's identity (`penstock.artifact.identity`); up, down: the one-sided
    Kolmogorov-Smirnov distances of the challenger's scores above and below; labels: the share of
    rows that get another label.
    """

    of: str
    up: float
    down: float
    labels: float

    @classmethod
    def measured(
        cls,
        of: str,
        champion: Sequence[float],
        challenger: Sequence[float],
        thresholds: tuple[float, float],
    ) -> Self:
        """Scores row by row; `thresholds`: the champion's and the challenger's."""
        up, down = gaps(champion, challenger)
        theirs, ours = thresholds
        pairs = zip(champion, challenger, strict=True)
        other = sum((a >= theirs) != (b >= ours) for a, b in pairs)
        return cls(of, up, down, other / len(champion))

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """What `text` wrote; None of anything else."""
        if (found := _FORM.fullmatch(text)) is None:
            return None
        up, down, labels = map(float, found.groups()[:3])
        return cls(found[4], up, down, labels)

    @property
    def text(self) -> str:
        """One line, of the characters that a model package's metadata take."""
        return f"up={self.up:.4f} down={self.down:.4f} labels={self.labels:.4f} of={self.of}"
