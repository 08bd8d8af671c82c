"""What a tuning job searches, and when it gives a training job or itself up."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.json_service import ServiceError
from localcloud.sagemaker.tuning import ranges, search, stopping


def continuous(low: str, high: str, scaling: str = "Auto") -> dict[str, Any]:
    one = {"Name": "x", "MinValue": low, "MaxValue": high, "ScalingType": scaling}
    return {"ParameterRanges": {"ContinuousParameterRanges": [one]}}


def test_a_job_is_hopeless_when_it_is_worse_than_the_median_of_running_averages() -> None:
    """At the epoch it has come to; previous jobs that never came so far do not count."""
    previous = [[1.0, 3.0, 100.0], [4.0, 4.0], [9.0]]
    assert stopping.worse_than_median([5.0, 3.1], previous, maximize=False)
    assert not stopping.worse_than_median([5.0, 2.9], previous, maximize=False)
    assert stopping.worse_than_median([5.0, 2.9], previous, maximize=True)
    assert not stopping.worse_than_median([], previous, maximize=False)
    assert not stopping.worse_than_median([7.0], [], maximize=False)


@pytest.mark.parametrize(
    ("objectives", "maximize", "count"),
    [([], True, 0), ([1.0], True, 0), ([1.0, 1.009, 2.0, 2.01], True, 1), ([1.0, 0.5], True, 1)],
)
def test_less_than_one_per_cent_is_no_improvement(
    objectives: list[float], maximize: bool, count: int
) -> None:
    """AWS's threshold, counted from the last real improvement on."""
    assert stopping.not_improving(objectives, maximize) == count
    assert stopping.not_improving([-one for one in objectives], not maximize) == count


def test_auto_scaling_is_logarithmic_for_a_wide_positive_range() -> None:
    """Three orders of magnitude; anything else is linear."""
    found = {
        bounds: ranges.parse(continuous(*bounds))[0].scaling  # type: ignore[attr-defined]
        for bounds in (("0.001", "1"), ("0.01", "1"), ("0", "1"))
    }
    assert list(found.values()) == ["Logarithmic", "Linear", "Linear"]


def test_reverse_logarithmic_values_are_dense_near_one_and_come_back_as_they_went() -> None:
    """The search sees the distance to 1; SageMaker and an earlier job's value see x."""
    one = ranges.parse(continuous("0.9", "0.9999", "ReverseLogarithmic"))[0]
    text = one.text(0.0005)
    assert float(text) == pytest.approx(0.9995)
    assert one.number(text) == pytest.approx(0.0005)
    assert one.holds("0.95")
    assert not one.holds("0.5")
    assert not one.holds("text")


@pytest.mark.parametrize(
    ("low", "high", "scaling", "message"),
    [
        ("0", "1", "Logarithmic", "greater than 0"),
        ("0.5", "1", "ReverseLogarithmic", "0 <= x < 1.0"),
        ("2", "1", "Linear", "must be less than"),
        ("one", "2", "Linear", "must be written as float"),
    ],
)
def test_an_impossible_range_is_refused(low: str, high: str, scaling: str, message: str) -> None:
    """In the words of the range that is wrong."""
    with pytest.raises(ServiceError, match=message):
        ranges.parse(continuous(low, high, scaling))


def test_what_parents_found_is_searched_around() -> None:
    """A search that starts with good values asks near them; values outside are left alone."""
    config = {
        "Strategy": "Bayesian",
        "RandomSeed": 1,
        "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "m"},
        **continuous("0", "1", "Linear"),
    }
    made = search.of(config, ranges.parse(config), (1, 1))
    for step in range(30):
        made.learn({"x": repr(step / 30)}, -abs(step / 30 - 0.8))
    made.learn({"x": "7"}, 100.0)
    made.learn({}, 100.0)
    asked = [made.ask() for _ in range(8)]
    near = [one for one in asked if one and abs(float(one[1]["x"]) - 0.8) < 0.2]
    assert len(near) >= 6
