"""A metric with what is not known of it: a value, its error, and an interval."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from penstock.quality import student

Floats = npt.NDArray[Any]
SIDE = 0.025  # of each side of an interval: it holds 95 %
_Z = 1.959963984540054  # the normal law's quantile there


Sides = tuple[tuple[float, int], ...]


@dataclass(frozen=True)
class Estimate:
    """`low` to `high` hold 95 %.

    sides: (variance of one row, rows) of each independent mean that the value is made of (a mean of
    one, an area of two), by which it can be tested; () where the interval is of another make.
    """

    value: float
    low: float
    high: float
    sides: Sides = ()

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Self:
        sides = tuple((float(variance), int(rows)) for variance, rows in raw["sides"])
        return cls(raw["value"], raw["low"], raw["high"], sides)

    def __str__(self) -> str:
        return f"{self.value:.3g} ({self.low:.3g} to {self.high:.3g})"


def error(*sides: tuple[float, int]) -> tuple[float, float]:
    """The standard error of a sum of means, and its degrees of freedom (Welch 1947)."""
    variances = [variance / rows for variance, rows in sides]
    spread = sum(v * v / (rows - 1) for v, (_, rows) in zip(variances, sides, strict=True))
    df = sum(variances) ** 2 / spread if spread else min(rows for _, rows in sides) - 1
    return math.sqrt(sum(variances)), df


def around(value: float, sides: Sides, bounds: tuple[float, float]) -> Estimate:
    """Student's interval, within what the metric can be; every side has at least two rows."""
    size, df = error(*sides)
    reach = student.quantile(SIDE, df) * size
    return Estimate(value, max(value - reach, bounds[0]), min(value + reach, bounds[1]), sides)


def mean(values: Floats, bounds: tuple[float, float] = (-math.inf, math.inf)) -> Estimate:
    """The mean of float [n], n at least 2."""
    return around(float(values.mean()), (side(values),), bounds)


def side(values: Floats) -> tuple[float, int]:
    return float(values.var(ddof=1)), len(values)


def share(hits: float, of: float) -> Estimate:
    """A share with Wilson's (1927) interval, right for few rows and near 0 and 1 too."""
    if not of:
        return Estimate(0.0, 0.0, 1.0)
    p, z2 = hits / of, _Z * _Z
    middle = (p + z2 / (2 * of)) / (1 + z2 / of)
    reach = _Z / (1 + z2 / of) * math.sqrt(p * (1 - p) / of + z2 / (4 * of * of))
    return Estimate(p, max(middle - reach, 0.0), min(middle + reach, 1.0))


def percentiles(value: float, drawn: Floats) -> Estimate:
    """The bootstrap's percentile interval (Efron 1979) around the value that was seen."""
    low, high = np.quantile(drawn, [SIDE, 1 - SIDE]).tolist()
    return Estimate(value, low, high)
