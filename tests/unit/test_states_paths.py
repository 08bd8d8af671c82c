"""JSONPath as Step Functions has it, and the intervals between attempts."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.states.engine import attempts, paths

DATA = {"a": [{"b": 1, "c d": "x"}, {"b": 2}], "e": {"f": {"b": 9}}, "n": None}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$", DATA),
        ("$.a[0].b", 1),
        ("$.a[-1].b", 2),
        ("$.a[*].b", [1, 2]),
        ("$.a[0:1].b", [1]),
        ("$.a[0,1].b", [1, 2]),
        ("$..b", [1, 2, 9]),
        ("$.e.*", [{"b": 9}]),
        ("$['e'].f", {"b": 9}),
        ("$.a[0]['c d']", "x"),
        ("$.a[?(@.b == 2)]", [{"b": 2}]),
        ("$.a[?(@.b > 0 && @.b < 2)].b", [1]),
        ("$.a[?(@.b == 7 || @['c d'] == 'x')].b", [1]),
        ("$.a[*].gone", []),
        ("$.n", None),
    ],
)
def test_a_path_names_values(path: str, found: Any) -> None:
    assert paths.get(path, DATA) == found


@pytest.mark.parametrize("path", ["$.gone", "$.a[2]", "$.n.x", "$.a.b"])
def test_a_definite_path_that_leads_nowhere_is_an_error(path: str) -> None:
    with pytest.raises(LookupError):
        paths.get(path, DATA)


@pytest.mark.parametrize("path", ["a.b", "$.a[", "$.a[x]", "$.", "$.a..", "$.a[?(b)]"])
def test_what_is_no_path_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match=r"JSONPath|begin|supported"):
        paths.get(path, DATA)


def test_a_value_is_put_into_a_copy() -> None:
    """Objects on the way are made; what is there already stays, and the original too."""
    made = paths.put("$.e.x.y", DATA, 5)
    assert made["e"] == {"f": {"b": 9}, "x": {"y": 5}}
    assert "x" not in DATA["e"]
    with pytest.raises(LookupError):
        paths.put("$.x.y", [1], 5)


@pytest.mark.parametrize(
    ("retrier", "intervals"),
    [
        ({}, [1, 2, 4, 8]),
        ({"IntervalSeconds": 3, "BackoffRate": 1}, [3, 3, 3, 3]),
        ({"IntervalSeconds": 10, "BackoffRate": 3, "MaxDelaySeconds": 50}, [10, 30, 50, 50]),
    ],
)
def test_attempts_are_spaced_as_the_retrier_says(
    retrier: dict[str, Any], intervals: list[float]
) -> None:
    assert [attempts.interval(retrier, count) for count in range(4)] == intervals


def test_full_jitter_stays_within_the_interval() -> None:
    retrier = {"IntervalSeconds": 10, "JitterStrategy": "FULL"}
    found = {attempts.interval(retrier, 1) for _ in range(50)}
    assert all(0 <= one <= 20 for one in found)
    assert len(found) > 1


@pytest.mark.parametrize(
    ("names", "error", "taken"),
    [
        (["States.ALL"], "Own", True),
        (["States.ALL"], "States.Timeout", True),
        (["States.ALL"], "States.Runtime", False),
        (["States.Runtime"], "States.Runtime", False),
        (["States.ALL"], "States.DataLimitExceeded", False),
        (["States.TaskFailed"], "Own", True),
        (["States.TaskFailed"], "States.Timeout", False),
        (["States.Timeout"], "States.HeartbeatTimeout", True),
        (["Other"], "Own", False),
    ],
)
def test_which_errors_a_clause_takes(names: list[str], error: str, taken: bool) -> None:
    assert attempts.takes({"ErrorEquals": names}, error) is taken
