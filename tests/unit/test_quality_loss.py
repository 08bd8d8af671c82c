"""A loss of quality is called so when it is one, and as rarely otherwise as the level says."""

import numpy as np
import pytest

from penstock.quality import binary, delong, loss, slices
from penstock.quality.estimate import Estimate, mean
from penstock.quality.loss import Loss


def drawn(rng: np.random.Generator, n: int, apart: float) -> tuple[np.ndarray, np.ndarray]:
    y = (rng.random(n) < 0.35).astype(int)
    return y, 1 / (1 + np.exp(-2 * rng.normal(apart * y - apart / 2, 1)))


def judged(before: Estimate, now: Estimate, metric: str = "roc_auc", **own: float) -> Loss:
    found = loss.judge(metric, before, now, **({"level": 0.01, "smallest": 0.05} | own))
    assert isinstance(found, Loss)
    return found


@pytest.mark.parametrize("apart", [1.0, 2.5, 3.5])
@pytest.mark.parametrize("sizes", [(110, 80), (110, 1000), (1000, 100)])
def test_the_same_quality_is_called_a_loss_no_oftener_than_the_level(
    apart: float, sizes: tuple[int, int]
) -> None:
    """At 5 %, whatever is worth knowing, over 150 pairs; areas from 0.76 to 0.99, and a Brier
    score of overconfident probabilities."""
    rng = np.random.default_rng(int(apart * 10) + sizes[0])
    false = dict.fromkeys(("roc_auc", "brier"), 0)
    for _ in range(150):
        before, now = (binary.judged(*drawn(rng, n, apart)) for n in sizes)
        for name in false:
            found = loss.judge(name, before[name], now[name], level=0.05, smallest=1e-9)
            false[name] += isinstance(found, Loss) and found.lost
    assert all(count <= 150 * 0.05 + 3 * (150 * 0.05 * 0.95) ** 0.5 for count in false.values())


def test_a_loss_is_found_and_a_gain_is_none() -> None:
    rng = np.random.default_rng(1)
    good, bad = (delong.area(*drawn(rng, 800, apart)) for apart in (2.5, 1.0))
    found = judged(good, bad, level=1e-5)
    assert found.lost
    assert found.by == pytest.approx(good.value - bad.value)
    assert "at evaluation 0.9" in found.why
    assert not judged(bad, good, level=1e-5).lost


def test_an_error_that_grows_is_a_loss_though_its_number_is_larger() -> None:
    rng = np.random.default_rng(2)
    small, large = mean(rng.random(500) / 10), mean(rng.random(500) / 2)
    assert judged(small, large, "brier").lost
    assert not judged(large, small, "brier").lost


def test_what_is_beyond_chance_but_not_worth_knowing_calls_nobody() -> None:
    rng = np.random.default_rng(3)
    good, bad = (delong.area(*drawn(rng, 40_000, apart)) for apart in (2.5, 2.3))
    found = judged(good, bad, level=1e-5)
    assert found.p_value < 1e-5
    assert not found.lost
    assert "a loss of 0.05 is worth knowing" in found.why
    assert judged(good, bad, level=1e-5, smallest=0.005).lost


def test_an_evaluation_without_a_single_error_is_not_taken_for_certain() -> None:
    """Its own variance is zero: forty rows that happened to be in order prove no perfection."""
    y = np.repeat([1, 0], 20)
    perfect = delong.area(y, np.linspace(1, 0, 40))
    assert perfect.value == 1
    now = delong.area(
        np.repeat([1, 0], 30), np.r_[np.linspace(1, 0.3, 30), np.linspace(0.5, 0, 30)]
    )
    assert now.value < 0.95
    assert not judged(perfect, now, level=1e-4, smallest=0.01).lost


def test_too_few_labels_of_a_class_say_so() -> None:
    rng = np.random.default_rng(4)
    few = delong.area(np.r_[np.ones(5), np.zeros(95)].astype(int), rng.random(100))
    whole = delong.area(*drawn(rng, 400, 2.5))
    said = loss.judge("roc_auc", whole, few, level=0.01, smallest=0.05)
    assert said == "not enough labels: 5 of each class, 20 are needed"


def test_with_the_labels_that_it_asks_for_half_of_such_losses_are_found() -> None:
    """`needed` is where a loss of what is worth knowing stands just at the edge of chance."""
    rng = np.random.default_rng(5)
    before = delong.area(*drawn(rng, 100_000, 2.0))
    worse = 1.6  # its area is 0.05 below
    now = delong.area(*drawn(rng, 5000, worse))
    needed = judged(before, now, level=0.001).needed
    assert needed is not None
    rows, found = int(needed * 5000), 0
    for _ in range(100):
        now = delong.area(*drawn(rng, rows, worse))
        found += judged(before, now, level=0.001, smallest=0.0001).lost
    assert 30 <= found <= 75


def test_an_evaluation_too_small_to_tell_any_loss_says_so() -> None:
    rng = np.random.default_rng(6)
    before, now = (delong.area(*drawn(rng, 70, 1.0)) for _ in range(2))
    assert judged(before, now, level=1e-5).needed is None


def test_the_worst_slice_is_the_one_that_is_surely_bad() -> None:
    """Not the one whose few rows happen to look worst."""
    rng = np.random.default_rng(7)
    y, p = drawn(rng, 1240, 2.5)
    codes = np.r_[np.zeros(600), np.ones(600), np.full(40, 2)].astype(int)
    p[600:1200] = rng.random(600)
    found = slices.measure("plan", codes, ["a", "b", "c"], y, p)
    worst = slices.worst(found, "roc_auc")
    assert worst is not None
    assert worst["slice"] == "b"
    assert found[2]["roc_auc"] is None
    assert [one["rows"] for one in found] == [600, 600, 40]
