"""The two-sample Kolmogorov-Smirnov test. No numpy: the judge of a release does without."""

import math
from bisect import bisect_right


def ks(a: list[float], b: list[float], alpha: float) -> dict[str, float] | None:
    """Two-sample Kolmogorov-Smirnov: the largest gap D, and what chance exceeds with alpha.

    sqrt(-ln(alpha / 2) / 2 * (n + m) / (n m)), the asymptotic form (Smirnov 1948).
    """
    if not a or not b:
        return None
    x, y = sorted(a), sorted(b)
    n, m = len(x), len(y)
    gap = max(abs(bisect_right(x, v) / n - bisect_right(y, v) / m) for v in {*x, *y})
    return {"d": gap, "critical": math.sqrt(-math.log(alpha / 2) / 2 * (n + m) / (n * m))}
