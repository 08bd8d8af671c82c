"""Fisher's one-sided test is scipy's, and stays exact where numbers are large."""

import random

import pytest
from scipy import stats

from penstock.fisher import chance_of_more


def test_the_chance_equals_scipys_for_any_table() -> None:
    draw = random.Random(5)
    for _ in range(100):
        of, beside = draw.randint(1, 200), draw.randint(1, 2000)
        hit, hit_beside = draw.randint(0, of), draw.randint(0, beside // 10)
        table = [[hit, of - hit], [hit_beside, beside - hit_beside]]
        expected = stats.fisher_exact(table, alternative="greater").pvalue
        if hit * (of + beside) <= of * (hit + hit_beside):
            expected = 1.0
        assert chance_of_more(hit, of, hit_beside, beside) == pytest.approx(expected, rel=1e-6)


def test_nothing_asked_and_nothing_failed_is_no_evidence() -> None:
    assert chance_of_more(0, 0, 0, 0) == 1.0
    assert chance_of_more(0, 10, 3, 100) == 1.0


def test_a_million_invocations_are_no_trouble() -> None:
    expected = stats.hypergeom.sf(149, 1_100_000, 1150, 100_000)
    assert chance_of_more(150, 100_000, 1000, 1_000_000) == pytest.approx(expected, rel=1e-6)
