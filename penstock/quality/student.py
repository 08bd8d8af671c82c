"""Student's t: what chance explains of a difference whose error is itself estimated. No scipy."""

import math
from statistics import NormalDist

_STEPS, _TINY = 300, 1e-300


def tail(t: float, df: float) -> float:
    """P(T > t), by the incomplete beta function I_x(df/2, 1/2) with x = df / (df + t^2).

    Abramowitz and Stegun, Handbook of Mathematical Functions (1964), 26.7.1.
    """
    half = _incomplete_beta(df / 2, 0.5, df / (df + t * t)) / 2
    return half if t >= 0 else 1 - half


def quantile(p: float, df: float) -> float:
    """The t that is exceeded with probability p (0 < p <= 0.5).

    Newton's way from the normal law's: the tail is convex, so it never steps too far.
    """
    log_density = math.lgamma((df + 1) / 2) - math.lgamma(df / 2) - math.log(df * math.pi) / 2
    t = -NormalDist().inv_cdf(p)
    for _ in range(_STEPS):
        density = math.exp(log_density - (df + 1) / 2 * math.log1p(t * t / df))
        step = (tail(t, df) - p) / density
        t += step
        if abs(step) < 1e-10 * (1 + t):
            break
    return t


def _incomplete_beta(a: float, b: float, x: float) -> float:
    """By its continued fraction (26.5.8, evaluated as Lentz does), which is quick below a mean."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - _incomplete_beta(b, a, 1 - x)
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    front = math.exp(log_front + a * math.log(x) + b * math.log1p(-x)) / a
    return front / _fraction(a, b, x)


def _fraction(a: float, b: float, x: float) -> float:
    """1 + d1/(1 + d2/(1 + ...)), which the front is divided by."""
    value, numerator, denominator = 1.0, 1.0, 0.0
    for i in range(1, _STEPS):
        m = i // 2
        if i % 2:
            d = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        else:
            d = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        denominator = 1 / _apart(1 + d * denominator)
        numerator = _apart(1 + d / numerator)
        value *= numerator * denominator
        if abs(numerator * denominator - 1) < 1e-14:
            break
    return value


def _apart(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
