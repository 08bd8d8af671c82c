"""When more of the same is not worth its time: for one training job, and for the tuning."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean, median


def worse_than_median(
    emitted: Sequence[float], previous: Sequence[Sequence[float]], maximize: bool
) -> bool:
    """Early stopping (`Auto`): whether a job's latest objective is worse than the median of the
    running averages of the previous jobs up to the same epoch.

    https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-early-stopping.html"""
    epoch = len(emitted)
    reached = [one for one in previous if len(one) >= epoch]
    if not (epoch and reached):
        return False
    middle = median(fmean(one[:epoch]) for one in reached)
    return emitted[-1] < middle if maximize else emitted[-1] > middle


def not_improving(objectives: Sequence[float], maximize: bool) -> int:
    """How many of the last jobs did not better the best before them by 1% or more."""
    best, count = None, 0
    for value in objectives:
        gain = 0.0 if best is None else (value - best if maximize else best - value)
        if best is None or gain > 0.01 * abs(best):
            best, count = value, 0
        else:
            count += 1
    return count


def hit(objective: float, target: float, maximize: bool) -> bool:
    return objective >= target if maximize else objective <= target
