"""One look at a window: which columns have drifted, by the rules that the user gave, and why.

A column has drifted if its move is beyond chance and larger than what is worth knowing. Beyond
chance is held to the budget: a year's false alarms, spent evenly on its looks. The expected number
of false alarms is the sum of the looks' levels however far windows overlap (expectations add), so
the budget holds without a word about how looks depend on each other; overlapping looks only gather
their alarms into fewer episodes.

Rows that depend on each other are another matter: no test of rows knows that a thousand rows are
one busy afternoon. So what runs of the training rows differed by among themselves (`usual`) is not
worth knowing either.
"""

from dataclasses import dataclass

from penstock.calibration import evidence, holm
from penstock.calibration.finding import Finding, Watched, judge
from penstock.errors import PenstockError

MOST = 0.05  # the level of one look, however large the budget


@dataclass(frozen=True)
class Rules:
    """What the user is willing to be called for; a shift is a total variation, 0 to 1."""

    false_alarms_per_year: float
    looks_per_year: float
    smallest_shift: float

    def __post_init__(self) -> None:
        if not (self.false_alarms_per_year > 0 and self.looks_per_year > 0):
            raise PenstockError("no budget or no looks", where="rules", expected="more than 0")
        if not 0 < self.smallest_shift < 1:
            raise PenstockError(
                f"a smallest shift of {self.smallest_shift:g}", where="rules", expected="0 to 1"
            )

    @property
    def level(self) -> float:
        """The chance of a false alarm that one look may take, over all of its columns."""
        return min(self.false_alarms_per_year / self.looks_per_year, MOST)


@dataclass(frozen=True)
class Look:
    rules: Rules
    columns: tuple[Watched, ...]


def findings(look: Look) -> tuple[Finding, ...]:
    """The verdict on every column, in the order given."""
    weighed = evidence.weigh([column.pair for column in look.columns])
    levels = holm.levels([found.log_p for found in weighed], look.rules.level)
    return tuple(
        judge(column, found, level, look.rules.smallest_shift)
        for column, found, level in zip(look.columns, weighed, levels, strict=True)
    )
