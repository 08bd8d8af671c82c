"""Whether a model has lost quality: worse than when it was evaluated, beyond chance, by enough.

Both samples are small and neither is the truth, so the test is of their difference (Welch 1947).
Where a metric is near its end (an area of 0.99, a Brier score of 0.01), a lucky sample is sure of
itself as well: so each side is given the larger of the two variances.
"""

import math
from dataclasses import asdict, dataclass
from typing import Any

from penstock.metrics import HIGHER_IS_BETTER
from penstock.quality import student
from penstock.quality.estimate import Estimate, error

SAID = {"roc_auc": "ROC AUC", "brier": "Brier score", "log_loss": "log loss"}
FEWEST = 20  # rows of each side, below which Student's law says too little of a skewed one


@dataclass(frozen=True)
class Loss:
    """One metric's verdict. p_value is held to `level`, `by` (how much worse) to `smallest`.

    needed: how many times the window's labels it takes to tell a loss of `smallest`; None where no
    number does, because the evaluation's own rows are too few.
    """

    metric: str
    before: Estimate
    now: Estimate
    by: float
    smallest: float
    p_value: float
    level: float
    needed: float | None
    lost: bool
    why: str

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def judge(
    metric: str, before: Estimate, now: Estimate, *, level: float, smallest: float
) -> Loss | str:
    """Why it cannot be judged, if it cannot; both estimates have as many sides."""
    few = min(rows for _, rows in (*before.sides, *now.sides))
    if few < FEWEST:
        of = "of each class" if len(now.sides) > 1 else "of them"
        return f"not enough labels: {few} {of}, {FEWEST} are needed"
    worse = before.value - now.value if metric in HIGHER_IS_BETTER else now.value - before.value
    pairs = list(zip(before.sides, now.sides, strict=True))
    variances = [max(one[0], two[0]) for one, two in pairs]
    old, new = ([(v, pair[i][1]) for v, pair in zip(variances, pairs, strict=True)] for i in (0, 1))
    size, df = error(*old, *new)
    p_value = student.tail(worse / size, df) if size else float(worse <= 0)
    beyond, large = p_value <= level, worse > smallest
    told = f"{now}, at evaluation {before}"
    if not beyond:
        why = f"{told}: no more than chance, p {p_value:.2g}, {level:.2g} would tell"
    elif not large:
        why = f"{told}: beyond chance, but a loss of {smallest:g} is worth knowing"
    else:
        why = f"{told}: worse by {worse:.3g} ({smallest:g} is worth knowing), p {p_value:.1g}"
    return Loss(
        metric=metric,
        before=before,
        now=now,
        by=worse,
        smallest=smallest,
        p_value=p_value,
        level=level,
        needed=_needed(error(*old)[0], error(*new)[0], smallest / student.quantile(level, df)),
        lost=beyond and large,
        why=why,
    )


def _needed(old: float, new: float, reach: float) -> float | None:
    """reach: the error at which a loss of what is worth knowing is just beyond chance."""
    left = reach * reach - old * old
    return new * new / left if left > 0 and math.isfinite(left) else None
