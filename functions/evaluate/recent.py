"""The candidate against the champion on the newest rows whose truth is known.

Both score the same rows, so that the difference is tested pair by pair: of two areas as DeLong,
DeLong and Clarke-Pearson (1988) do, of two mean losses by Student.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from functions.evaluate.measure import Holdout, Scores
from penstock.events import UNASKED
from penstock.mending import Mending
from penstock.quality import gain
from penstock.quality.gain import Gain

METRICS = ("roc_auc", "brier")
WORTH = 0.001  # a change of no more is none, though enough rows would tell it from chance
LEVEL = 0.05  # of being called worse, and of being called better, of all metrics together
FEWEST = 20  # rows of each class, below which neither can be told

# What a look at the newest rows says of a candidate.
PASSED, WORSE, NO_BETTER, UNKNOWN = "passed", "worse", "no better", "unknown"


@dataclass(frozen=True)
class Recent:
    """`rows`: which were compared on, in words; `asked`: whether somebody wanted this training.

    mends: how far the candidate's scores lie from the champion's, where it is the better one.
    """

    outcome: str
    why: str
    rows: str
    asked: bool
    gains: Sequence[Gain] = field(default=())
    mends: Mending | None = None

    @property
    def rejects(self) -> bool:
        return self.outcome in (WORSE, NO_BETTER)

    @property
    def leaves_it_open(self) -> bool:
        """A training that nobody asked for has to show that it is better, and could not."""
        return self.outcome == UNKNOWN and not self.asked

    def to_dict(self) -> dict[str, Any]:
        gains = {found.metric: found.to_dict() for found in self.gains}
        said = {"outcome": self.outcome, "why": self.why, "rows": self.rows, "gains": gains}
        return said | {"mends": asdict(self.mends) if self.mends else None}


def compare(
    trigger: str,
    candidate: Scores,
    champion: Scores,
    recent: Holdout,
    *,
    rows: str,
    metrics: Sequence[str] = METRICS,
    tolerances: Mapping[str, float],
    champion_sha256: str | None = None,
) -> Recent:
    """A training that was asked for must not be worse beyond chance; any other must be better.

    tolerances: how much worse, by metric, the gates let a candidate be. Were it enough to be no
    worse, a loop could release chance after chance, and never end. champion_sha256: its identity,
    where these are requests that were answered, so that a release may expect the same shift.
    """
    y, asked = recent.y, trigger not in UNASKED
    few = int(min(y.sum(), len(y) - y.sum()))
    if few < FEWEST:
        return Recent(UNKNOWN, f"{few} rows of the rarer class, {FEWEST} are needed", rows, asked)
    p, theirs = (model.score(recent.of(model.contract)) for model in (candidate, champion))
    level = LEVEL / len(metrics)
    bearable = {name: tolerances.get(name, WORTH) for name in metrics}
    gains = [
        gain.measure(name, y, p, theirs, level=level, worth=WORTH, bearable=bearable[name])
        for name in metrics
    ]
    said = "; ".join(found.why for found in gains)
    if any(found.worse for found in gains):
        return Recent(WORSE, f"worse than the champion on {rows}: {said}", rows, asked, gains)
    if not asked and not any(found.better for found in gains):
        why = f"no better than the champion on {rows}: {said}"
        return Recent(NO_BETTER, why, rows, asked, gains)
    mends = None
    if champion_sha256 and any(found.better for found in gains):
        thresholds = champion.contract.threshold, candidate.contract.threshold
        mends = Mending.measured(champion_sha256, theirs.tolist(), p.tolist(), thresholds)
    return Recent(PASSED, f"on {rows}: {said}", rows, asked, gains, mends)
