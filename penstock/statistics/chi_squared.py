"""Pearson's chi-squared of the table of two rows, baseline and window.

Pearson (1900); the tail is the regularised incomplete gamma function (Numerical Recipes, 6.2). Its
law holds for large counts only and not far out in the tail, so it is told and decides nothing.
"""

import math
from dataclasses import dataclass

import numpy as np

from penstock.statistics.pair import Pair

TERMS, TINY = 10_000, 1e-300


@dataclass(frozen=True)
class ChiSquared:
    statistic: float
    freedom: int
    p_value: float


def test(pair: Pair) -> ChiSquared | None:
    """None where a side has no rows; bins that are empty on both sides do not count."""
    rows = np.array(pair.rows, np.float64)
    if not rows.all():
        return None
    seen = np.stack([pair.baseline, pair.window])
    seen = seen[:, seen.sum(axis=0) > 0]
    expected = np.outer(rows, seen.sum(axis=0)) / rows.sum()
    statistic = float(((seen - expected) ** 2 / expected).sum())
    freedom = seen.shape[1] - 1
    return ChiSquared(statistic, freedom, tail(statistic, freedom))


def chi_squared(pair: Pair) -> float | None:
    found = test(pair)
    return None if found is None else found.statistic


def tail(statistic: float, freedom: int) -> float:
    """What chance exceeds `statistic` with, at `freedom` degrees."""
    a, x = freedom / 2, statistic / 2
    if a == 0 or x <= 0:
        return 1.0
    scale = math.exp(a * math.log(x) - x - math.lgamma(a))
    if x < a + 1:
        return 1 - scale * _series(a, x)
    return scale * _fraction(a, x)


def _series(a: float, x: float) -> float:
    """The lower part, which is quick where x is small."""
    term = total = 1 / a
    for i in range(1, TERMS):
        term *= x / (a + i)
        total += term
        if term < total * 1e-16:
            break
    return total


def _fraction(a: float, x: float) -> float:
    """The upper part by Lentz's continued fraction."""
    b = x + 1 - a
    c, d = 1 / TINY, 1 / b
    found = d
    for i in range(1, TERMS):
        step = -i * (i - a)
        b += 2
        d = 1 / (step * d + b or TINY)
        c = b + step / c or TINY
        found *= d * c
        if abs(d * c - 1) < 1e-16:
            break
    return found
