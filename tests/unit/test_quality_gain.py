"""One model is called better than another on the same rows when it is, and rarely otherwise."""

from typing import Any

import numpy as np
import pytest

from penstock.quality import gain

METRICS = ("roc_auc", "brier", "log_loss")


def measure(metric: str, y: Any, one: Any, two: Any, **own: float) -> gain.Gain:
    return gain.measure(metric, y, one, two, **{"level": 0.05, "worth": 0, "bearable": 0, **own})


def drawn(seed: int, n: int, *noises: float) -> tuple[np.ndarray, list[np.ndarray]]:
    """Truths, and what models of so much noise say of them; the noises have a part in common."""
    rng = np.random.default_rng(seed)
    y = (rng.random(n) < 0.4).astype(int)
    seen = 3 * y - 1.5 + rng.normal(0, 1, n)
    return y, [1 / (1 + np.exp(-seen - rng.normal(0, noise, n))) for noise in noises]


@pytest.mark.parametrize("metric", METRICS)
def test_two_models_of_one_worth_are_told_apart_no_oftener_than_the_level(metric: str) -> None:
    """At 5 % on either side, over 300 pairs of 200 rows."""
    calls = {"better": 0, "worse": 0}
    for seed in range(300):
        y, (one, two) = drawn(seed, 200, 0.7, 0.7)
        found = measure(metric, y, one, two)
        calls["better"] += found.better
        calls["worse"] += found.worse
    assert all(count <= 300 * 0.05 + 3 * (300 * 0.05 * 0.95) ** 0.5 for count in calls.values())


@pytest.mark.parametrize("metric", METRICS)
def test_the_better_one_is_found_and_the_other_way_round_it_is_worse(metric: str) -> None:
    y, (good, bad) = drawn(1, 400, 0.1, 3.0)
    ahead = measure(metric, y, good, bad)
    behind = measure(metric, y, bad, good)
    assert (ahead.better, ahead.worse, behind.better, behind.worse) == (True, False, False, True)
    assert ahead.by.value == pytest.approx(-behind.by.value)
    assert "better" in ahead.why


def test_a_model_is_neither_better_nor_worse_than_itself() -> None:
    y, (one,) = drawn(2, 100, 1.0)
    for metric in METRICS:
        found = measure(metric, y, one, one)
        assert (found.by.value, found.better, found.worse) == (0, False, False)


def test_few_rows_call_nobody_better_whom_many_do() -> None:
    few, many = (drawn(3, n, 0.4, 0.8) for n in (60, 6000))
    said = [measure("roc_auc", y, *models).better for y, models in (few, many)]
    assert said == [False, True]


def test_what_is_no_gain_worth_having_is_none_and_a_loss_may_be_borne() -> None:
    y, models = drawn(3, 6000, 0.4, 0.8)
    ahead = measure("brier", y, *models)
    assert ahead.better
    size = ahead.by.value
    assert not measure("brier", y, *models, worth=size * 1.01).better
    back = models[::-1]
    assert measure("brier", y, *back, bearable=size * 0.99).worse
    assert not measure("brier", y, *back, bearable=size * 1.01).worse
