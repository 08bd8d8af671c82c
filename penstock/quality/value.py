"""What the answers were worth, where the use case says what being right and wrong costs."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from penstock.quality.confusion import NAMES, counts
from penstock.quality.estimate import Estimate, Floats, mean


def measure(y: Floats, p: Floats, threshold: float, worth: Mapping[str, float]) -> dict[str, Any]:
    """worth: by NAMES, in `currency`. The value of one answer (`each`), of all (`total`), and the
    threshold that would have been worth most on these rows (`best`: it knew them beforehand)."""
    at, value = best(y, p, worth)
    return {
        "each": each(y, p, threshold, worth).to_dict() if len(y) > 1 else None,
        "total": total(y, p, threshold, worth),
        "threshold": threshold,
        "best": {"threshold": at, "total": value},
    }


def each(y: Floats, p: Floats, threshold: float, worth: Mapping[str, float]) -> Estimate:
    called, true = p >= threshold, y == 1
    of = {name: worth[name] for name in NAMES}
    right = np.where(called, of["true_positive"], of["true_negative"])
    wrong = np.where(called, of["false_positive"], of["false_negative"])
    return mean(np.where(called == true, right, wrong))


def total(y: Floats, p: Floats, threshold: float, worth: Mapping[str, float]) -> float:
    return float(sum(n * worth[name] for name, n in counts(y, p, threshold).items()))


def best(y: Floats, p: Floats, worth: Mapping[str, float]) -> tuple[float, float]:
    """(threshold, total value) of the best way to cut the scores in two; the lowest of equals."""
    values, at = np.unique(p, return_inverse=True)
    positives = np.bincount(at, y, len(values))
    rows = np.bincount(at, minlength=len(values))
    # at threshold i, what lies below values[i] is called negative; the last calls all so
    missed = np.r_[0.0, np.cumsum(positives)]
    spared = np.r_[0.0, np.cumsum(rows - positives)]
    made = (
        (positives.sum() - missed) * worth["true_positive"]
        + (len(y) - positives.sum() - spared) * worth["false_positive"]
        + missed * worth["false_negative"]
        + spared * worth["true_negative"]
    )
    most = int(np.argmax(made))
    return float(np.r_[values, np.nextafter(values[-1], np.inf)][most]), float(made[most])
