"""Each metric equals scikit-learn's, ties included."""

import numpy as np
import pytest
from sklearn import metrics as reference

from penstock import metrics


@pytest.mark.parametrize("decimals", [1, 2, 12])
def test_metrics_equal_scikit_learn(decimals: int) -> None:
    rng = np.random.default_rng(decimals)
    y = (rng.random(500) < 0.3).astype(int)
    p = np.clip(np.round(0.3 * y + 0.6 * rng.random(500), decimals), 0.001, 0.999)
    found = metrics.evaluate(y, p, 0.5)
    assert found["roc_auc"] == pytest.approx(reference.roc_auc_score(y, p))
    assert found["average_precision"] == pytest.approx(reference.average_precision_score(y, p))
    assert found["log_loss"] == pytest.approx(reference.log_loss(y, p))
    assert found["brier"] == pytest.approx(reference.brier_score_loss(y, p))
    assert found["accuracy"] == pytest.approx(reference.accuracy_score(y, p >= 0.5))
    assert found["precision"] == pytest.approx(reference.precision_score(y, p >= 0.5))
    assert found["recall"] == pytest.approx(reference.recall_score(y, p >= 0.5))


def test_a_perfectly_calibrated_bin_has_no_error_and_a_wrong_one_its_gap() -> None:
    y = np.array([1, 0, 1, 0])
    assert metrics.calibration_error(y, np.full(4, 0.5)) == pytest.approx(0)
    assert metrics.calibration_error(y, np.full(4, 0.9)) == pytest.approx(0.4)


def test_one_class_cannot_be_measured() -> None:
    with pytest.raises(ValueError, match="both classes"):
        metrics.evaluate(np.ones(3), np.ones(3), 0.5)
