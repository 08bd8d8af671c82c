"""The ranges that a tuning job searches: checked as AWS does, and as the search library sees them.

`Auto` scaling is SageMaker's own choice on AWS; here it is logarithmic for a positive range that
spans three orders of magnitude, and linear for every other.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from localcloud.json_service import Document, ServiceError

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

_WIDE = 1000.0


@dataclass(frozen=True)
class Range:
    """One hyperparameter; `text` and `number` are its two forms, SageMaker's and the search's."""

    name: str

    def distribution(self) -> BaseDistribution:
        raise NotImplementedError

    def text(self, found: Any) -> str:
        return str(found)

    def number(self, text: str) -> Any:
        return text

    def holds(self, text: str) -> bool:
        """Whether an earlier job's value lies in this range."""
        raise NotImplementedError


@dataclass(frozen=True)
class Categorical(Range):
    values: tuple[str, ...]

    def distribution(self) -> BaseDistribution:
        from optuna.distributions import CategoricalDistribution

        return CategoricalDistribution(self.values)

    def holds(self, text: str) -> bool:
        return text in self.values


@dataclass(frozen=True)
class Integer(Range):
    low: int
    high: int
    scaling: str

    def distribution(self) -> BaseDistribution:
        from optuna.distributions import IntDistribution

        return IntDistribution(self.low, self.high, log=self.scaling == "Logarithmic")

    def number(self, text: str) -> Any:
        return int(text)

    def holds(self, text: str) -> bool:
        return _within(text, self.low, self.high)


@dataclass(frozen=True)
class Continuous(Range):
    low: float
    high: float
    scaling: str

    def distribution(self) -> BaseDistribution:
        from optuna.distributions import FloatDistribution

        if self.scaling == "ReverseLogarithmic":  # fine steps near 1: the distance to 1 is searched
            return FloatDistribution(1 - self.high, 1 - self.low, log=True)
        return FloatDistribution(self.low, self.high, log=self.scaling == "Logarithmic")

    def text(self, found: Any) -> str:
        value = 1 - found if self.scaling == "ReverseLogarithmic" else found
        return repr(float(min(max(value, self.low), self.high)))

    def number(self, text: str) -> Any:
        value = float(text)
        return 1 - value if self.scaling == "ReverseLogarithmic" else value

    def holds(self, text: str) -> bool:
        return _within(text, self.low, self.high)


def parse(config: Document) -> list[Range]:
    """The ranges of a HyperParameterTuningJobConfig; raises ServiceError for an impossible one."""
    given = config.get("ParameterRanges", {})
    if given.get("AutoParameters"):
        _refuse("the local cloud lacks ParameterRanges.AutoParameters")
    found: list[Range] = [_categorical(one) for one in given.get("CategoricalParameterRanges", [])]
    found += [_integer(one) for one in given.get("IntegerParameterRanges", [])]
    found += [_continuous(one) for one in given.get("ContinuousParameterRanges", [])]
    names = [one.name for one in found]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        _refuse(f"the hyperparameter {twice[0]} has more than one range")
    if not found:
        _refuse("ParameterRanges: expected at least one range to search")
    return found


def _within(text: str, low: float, high: float) -> bool:
    try:
        return low <= float(text) <= high
    except ValueError:
        return False


def _categorical(given: Document) -> Categorical:
    values = tuple(given["Values"])
    if not values or len(set(values)) != len(values):
        _refuse(f"{given['Name']}: expected one or more different values; got {list(values)}")
    return Categorical(given["Name"], values)


def _integer(given: Document) -> Integer:
    low, high = _bounds(given, int)
    scaling = _scaling(given, low, high)
    if scaling == "ReverseLogarithmic":
        _refuse(f"{given['Name']}: ReverseLogarithmic scaling is for continuous ranges only")
    return Integer(given["Name"], low, high, scaling)


def _continuous(given: Document) -> Continuous:
    low, high = _bounds(given, float)
    return Continuous(given["Name"], low, high, _scaling(given, low, high))


def _bounds(given: Document, kind: type[Any]) -> tuple[Any, Any]:
    try:
        low, high = kind(given["MinValue"]), kind(given["MaxValue"])
    except ValueError:
        _refuse(f"{given['Name']}: MinValue and MaxValue must be written as {kind.__name__}")
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        _refuse(f"{given['Name']}: MinValue {low} must be less than MaxValue {high}")
    return low, high


def _scaling(given: Document, low: float, high: float) -> str:
    scaling = str(given.get("ScalingType", "Auto"))
    if scaling == "Auto":
        return "Logarithmic" if low > 0 and high / low >= _WIDE else "Linear"
    if scaling == "Logarithmic" and low <= 0:
        _refuse(f"{given['Name']}: Logarithmic scaling needs values greater than 0; got {low}")
    if scaling == "ReverseLogarithmic" and not 0 <= low < high < 1:
        _refuse(f"{given['Name']}: ReverseLogarithmic scaling needs a range within 0 <= x < 1.0")
    return scaling


def _refuse(message: str) -> Any:
    raise ServiceError("ValidationException", f"CreateHyperParameterTuningJob: {message}")
