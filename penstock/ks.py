"""The two-sample Kolmogorov-Smirnov test, and what it can see. No numpy: a release does without."""

import math
from bisect import bisect_right
from collections.abc import Sequence

# how often a shift of the size that `visible` names may be missed
MISS = 0.05


def ks(a: list[float], b: list[float], alpha: float) -> dict[str, float] | None:
    """Two-sample Kolmogorov-Smirnov: the largest gap D, and what chance exceeds with alpha.

    sqrt(-ln(alpha / 2) / 2 * (n + m) / (n m)), the asymptotic form (Smirnov 1948).
    """
    if not a or not b:
        return None
    up, down = gaps(a, b)
    critical = _quantile(alpha / 2) * _noise(len(a), len(b))
    return {"d": max(up, down), "up": up, "down": down, "critical": critical}


def gaps(a: Sequence[float], b: Sequence[float]) -> tuple[float, float]:
    """The largest gaps between the two empirical distributions, neither of them empty: by which b
    lies above a, and below it. D is the larger."""
    x, y = sorted(a), sorted(b)
    n, m = len(x), len(y)
    found = [bisect_right(x, v) / n - bisect_right(y, v) / m for v in {*x, *y}]
    return max(0.0, *found), max(0.0, -min(found))


def visible(n: int, m: int, alpha: float) -> float:
    """The smallest true distance between two distributions that n and m samples surely show.

    It exceeds the critical value at alpha with a chance of at least 1 - MISS: at the point of the
    largest gap the difference of the two shares falls short of the truth by more than
    sqrt(-ln(MISS) / 2 * (n + m) / (n m)) with a chance of at most MISS (Hoeffding 1963, for the
    difference of two means). inf without samples.
    """
    if not n or not m:
        return math.inf
    return (_quantile(alpha / 2) + _quantile(MISS)) * _noise(n, m)


def _quantile(chance: float) -> float:
    return math.sqrt(-math.log(chance) / 2)


def _noise(n: int, m: int) -> float:
    return math.sqrt((n + m) / (n * m))
