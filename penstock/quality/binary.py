"""The quality of a binary classifier: y is int [n] of 0 and 1, p float [n], probability of 1."""

import numpy as np

from penstock import metrics
from penstock.quality import confusion, delong, precision_recall
from penstock.quality.estimate import Estimate, Floats, mean

# Those whose error is known well enough to be held to a budget of false alarms.
JUDGED = ("roc_auc", "brier", "log_loss")


def measure(y: Floats, p: Floats, threshold: float) -> dict[str, Estimate]:
    """Every metric with its interval; what needs both classes is left out where one has not two
    rows, and with fewer than two rows there is nothing."""
    if len(y) < 2:
        return {}
    found = judged(y, p) | confusion.measure(y, p, threshold)
    if min(y.sum(), len(y) - y.sum()) >= 2:
        found["average_precision"] = precision_recall.measure(y, p)
    return found


def judged(y: Floats, p: Floats) -> dict[str, Estimate]:
    """JUDGED only, which cost a sort; n at least 2."""
    found = {
        "brier": mean((p - y) ** 2, (0.0, 1.0)),
        "log_loss": mean(metrics.log_losses(y, p), (0.0, np.inf)),
    }
    if min(y.sum(), len(y) - y.sum()) >= 2:
        found["roc_auc"] = delong.area(y, p)
    return found
