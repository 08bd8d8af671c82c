"""The statistic equals scipy's, and its critical value holds its alpha."""

import math
import random

import numpy as np
import pytest
from scipy import stats

from penstock.ks import MISS, ks, visible


def test_ks_equals_scipy_and_its_critical_value_holds_its_alpha() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=80), np.round(rng.normal(0.3, size=300), 1)
    found = ks(a.tolist(), b.tolist(), 0.05)
    assert found is not None
    assert found["d"] == pytest.approx(stats.ks_2samp(a, b).statistic)
    over = []
    for _ in range(400):
        drawn = ks(rng.random(100).tolist(), rng.random(100).tolist(), 0.05)
        assert drawn is not None
        over.append(drawn["d"] > drawn["critical"])
    assert np.mean(over) < 0.08


def test_ks_equals_scipy_with_ties_and_small_samples() -> None:
    draw = random.Random(3)
    for _ in range(50):
        a = [round(draw.random(), 2) for _ in range(draw.randint(1, 60))]  # with ties
        b = [round(draw.random() ** 1.5, 2) for _ in range(draw.randint(1, 60))]
        found = ks(a, b, 0.01)
        assert found is not None
        assert found["d"] == pytest.approx(stats.ks_2samp(a, b).statistic)
        assert found["critical"] == pytest.approx(
            math.sqrt(-math.log(0.01 / 2) / 2 * (len(a) + len(b)) / (len(a) * len(b)))
        )


@pytest.mark.parametrize(("n", "m"), [(30, 270), (70, 630), (100, 100)])
def test_a_shift_that_the_samples_show_is_hardly_ever_missed(n: int, m: int) -> None:
    """Uniform scores, moved by exactly that distance; and half of it is often missed."""
    rng, alpha = np.random.default_rng(2), 0.001

    def missed(distance: float) -> float:
        looks = 300
        count = 0
        for _ in range(looks):
            found = ks((rng.random(n) + distance).tolist(), rng.random(m).tolist(), alpha)
            assert found is not None
            count += found["d"] <= found["critical"]
        return count / looks

    distance = visible(n, m, alpha)
    assert missed(distance) <= MISS
    assert missed(distance / 2) > MISS


def test_without_samples_nothing_is_visible() -> None:
    assert visible(0, 100, 0.001) == math.inf
