"""What becomes of answers once their truths are known: the `labels` and `quality` parts."""

from typing import Annotated, Literal

from pydantic import Field

from penstock.part import Fraction, Name, Part

Days = Annotated[int, Field(ge=1, le=400)]
Judged = Literal["roc_auc", "brier", "log_loss"]


class Labels(Part):
    """Truths come as files under labels/<usecase>/, as late as they like.

    wait_days: how long a label waits for the record of its answer before it is set aside.
    back_days: how old an answer may be that a label by row id is about.
    """

    wait_days: Days = 7
    back_days: Days = 90


class Value(Part):
    """What one answer of each kind is worth (a cost is below 0), in `currency`."""

    currency: str = "USD"
    true_positive: float
    false_positive: float
    true_negative: float
    false_negative: float


class Quality(Part):
    """smallest_loss: by metric, how much worse than at evaluation is worth knowing.

    The answers of window_days are measured, also by each value (or range) of the columns in slices.
    """

    window_days: Days = 28
    smallest_loss: Annotated[dict[Judged, Fraction], Field(min_length=1)] = Field(
        default={"roc_auc": 0.05, "brier": 0.05}
    )
    slices: tuple[Name, ...] = ()
    value: Value | None = None
