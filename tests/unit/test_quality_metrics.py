"""Metrics equal scikit-learn's, and their intervals hold the truth as often as they say."""

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics as reference

from penstock import quality
from penstock.quality import (
    confusion,
    delong,
    estimate,
    precision_recall,
    ranking,
    regression,
    reliability,
    student,
    value,
)

WORTH = {"true_positive": 90.0, "false_positive": -20.0, "false_negative": -50.0,
         "true_negative": 1.0}  # fmt: skip


def drawn(
    seed: int, n: int = 400, share: float = 0.3, apart: float = 1.5
) -> tuple[np.ndarray, np.ndarray]:
    """Truths, and scores whose area under the curve is Phi(apart / sqrt(2))."""
    rng = np.random.default_rng(seed)
    y = (rng.random(n) < share).astype(int)
    return y, 1 / (1 + np.exp(-rng.normal(apart * y - 1, 1)))


def error(y: np.ndarray, p: np.ndarray) -> float:
    return estimate.error(*delong.area(y, p).sides)[0]


@pytest.mark.parametrize("df", [1.0, 2.5, 7, 30, 400, 1e5])
@pytest.mark.parametrize("t", [-3.0, 0.0, 0.4, 2, 4.5, 12])
def test_students_tail_equals_scipys(df: float, t: float) -> None:
    assert student.tail(t, df) == pytest.approx(stats.t.sf(t, df), rel=1e-9)
    if 0 < (p := stats.t.sf(t, df)) <= 0.5:
        assert student.quantile(p, df) == pytest.approx(t, rel=1e-7, abs=1e-12)


@pytest.mark.parametrize("decimals", [1, 2, 12])
def test_a_binary_models_metrics_equal_scikit_learns(decimals: int) -> None:
    y, p = drawn(decimals)
    p = np.round(p, decimals)
    found = quality.PROBLEMS["binary"](y, p, 0.5)
    called = p >= 0.5
    wanted = {
        "roc_auc": reference.roc_auc_score(y, p),
        "average_precision": reference.average_precision_score(y, p),
        "f1": reference.f1_score(y, called),
        "precision": reference.precision_score(y, called),
        "recall": reference.recall_score(y, called),
        "accuracy": reference.accuracy_score(y, called),
        "brier": reference.brier_score_loss(y, p),
        "log_loss": reference.log_loss(y, np.clip(p, 1e-15, 1 - 1e-15)),
    }
    assert {name: found[name].value for name in wanted} == pytest.approx(wanted)
    assert set(found) == set(wanted)
    assert all(e.low <= e.value <= e.high for e in found.values())


def test_a_regressions_metrics_equal_scikit_learns() -> None:
    rng = np.random.default_rng(0)
    y = rng.normal(10, 3, 300)
    p = y + rng.normal(0.2, 1, 300)
    found = regression.measure(y, p)
    assert found["mae"].value == pytest.approx(reference.mean_absolute_error(y, p))
    assert found["rmse"].value == pytest.approx(reference.root_mean_squared_error(y, p))
    assert found["mape"].value == pytest.approx(reference.mean_absolute_percentage_error(y, p))
    assert "mape" not in regression.measure(np.zeros(5), p[:5])


@pytest.mark.parametrize("decimals", [0, 6])
def test_a_rankings_ndcg_equals_scikit_learns(decimals: int) -> None:
    """With ties too; queries lie in any order, one without anything relevant says nothing."""
    rng = np.random.default_rng(decimals)
    relevance, score = rng.integers(0, 4, (20, 12)), rng.normal(0, 2, (20, 12)).round(decimals)
    relevance[3] = 0
    wanted = [
        reference.ndcg_score(relevance[i : i + 1], score[i : i + 1], k=5)
        for i in range(20) if i != 3
    ]  # fmt: skip
    mixed = rng.permutation(240)
    query = np.repeat(np.arange(20), 12)[mixed]
    found = ranking.measure(relevance.ravel()[mixed], score.ravel()[mixed], query, k=5)
    assert found["ndcg_at_5"].value == pytest.approx(np.mean(wanted))


def test_the_areas_error_is_the_jackknifes_of_its_own_definition() -> None:
    """DeLong's variance, from the pairs themselves instead of from ranks."""
    y, p = drawn(4, 90)
    p = p.round(1)
    above, below = p[y == 1][:, None], p[y == 0][None]
    pairs = (above > below) + 0.5 * (above == below)
    wanted = pairs.mean(1).var(ddof=1) / len(above) + pairs.mean(0).var(ddof=1) / below.size
    assert error(y, p) == pytest.approx(np.sqrt(wanted))


def test_the_intervals_hold_what_is_true_about_as_often_as_they_say() -> None:
    """95 %, over 200 draws of 150 rows (three standard errors of that are 4.6 %)."""
    truth, p = drawn(1, 200_000)
    true = {"roc_auc": reference.roc_auc_score(truth, p), "brier": np.mean((p - truth) ** 2)}
    true["precision"] = reference.precision_score(truth, p >= 0.5)
    true["f1"] = reference.f1_score(truth, p >= 0.5)
    held = dict.fromkeys(true, 0)
    for seed in range(200):
        y, p = drawn(seed, 150)
        found = quality.binary.judged(y, p) | confusion.measure(y, p, 0.5)
        for name, exact in true.items():
            held[name] += found[name].low <= exact <= found[name].high
    assert all(0.90 <= count / 200 <= 0.995 for count in held.values()), held


def test_the_bootstrap_of_average_precision_is_that_of_drawn_rows() -> None:
    """Beside one that draws rows and asks scikit-learn; a repetition gives the same numbers."""
    y, p = drawn(5, 200)
    found = precision_recall.measure(y, p)
    rng = np.random.default_rng(0)
    sides = [np.flatnonzero(y == value) for value in (0, 1)]
    draws = [np.concatenate([rng.choice(side, len(side)) for side in sides]) for _ in range(400)]
    slow = [reference.average_precision_score(y[rows], p[rows]) for rows in draws]
    assert (found.low, found.high) == pytest.approx(np.quantile(slow, [0.025, 0.975]), abs=0.02)
    assert precision_recall.measure(y, p) == found


def test_a_gain_is_held_to_the_same_rows() -> None:
    """Two models' areas hang together: their difference is surer than either."""
    y, p = drawn(6, 500)
    other = p + np.random.default_rng(0).normal(0, 0.05, 500)
    gained = delong.gain(y, p, other)
    assert gained.value == pytest.approx(delong.area(y, p).value - delong.area(y, other).value)
    assert estimate.error(*gained.sides)[0] < error(y, p) / 2


def test_wilsons_interval_is_right_at_its_ends() -> None:
    assert estimate.share(0, 10).low == 0
    assert estimate.share(0, 10).high == pytest.approx(0.2775, abs=1e-4)
    assert estimate.share(0, 0).high == 1


def test_the_reliability_diagram_is_scikit_learns_curve() -> None:
    from sklearn.calibration import calibration_curve

    y, p = drawn(7, 2000)
    found = reliability.bins(y, p)
    seen, said = calibration_curve(y, p, n_bins=10)
    assert [b["seen"] for b in found] == pytest.approx(seen)
    assert [b["said"] for b in found] == pytest.approx(said)
    assert sum(b["rows"] for b in found) == 2000
    assert all(b["low"] <= b["seen"] <= b["high"] for b in found)


def test_the_best_threshold_is_the_best_of_all_that_can_be_tried() -> None:
    y, p = drawn(8, 120)
    p = p.round(2)
    tried = [value.total(y, p, at, WORTH) for at in np.linspace(0, 1.01, 102)]
    at, most = value.best(y, p, WORTH)
    assert most == pytest.approx(max(tried))
    assert value.total(y, p, at, WORTH) == pytest.approx(most)
    found = value.measure(y, p, 0.5, WORTH)
    assert found["each"]["value"] * 120 == pytest.approx(found["total"])
    assert found["best"]["total"] >= found["total"]


@pytest.mark.parametrize(("y", "there"), [
    ([1], set()),
    ([1, 1, 1], {"brier", "log_loss", "precision", "recall", "accuracy", "f1"}),
    ([1, 0, 1, 1], {"brier", "log_loss", "precision", "recall", "accuracy", "f1"}),
])  # fmt: skip
def test_what_needs_both_classes_is_left_out_without_them(y: list[int], there: set[str]) -> None:
    found = quality.PROBLEMS["binary"](np.array(y), np.linspace(0.2, 0.8, len(y)), 0.5)
    assert set(found) == there
