"""The steps that traffic takes, as CodeDeploy takes them."""

import pytest

from penstock import shift


@pytest.mark.parametrize(
    ("strategy", "percent", "steps", "minutes"),
    [
        ("canary", 10, (10, 100), 5),
        ("shadow", 25, (25, 100), 5),
        ("linear", 25, (25, 50, 75, 100), 15),
        ("linear", 30, (30, 60, 90, 100), 15),
        ("all_at_once", 10, (100,), 0),
    ],
)
def test_every_strategy_ends_at_all_of_it_after_its_time(
    strategy: str, percent: int, steps: tuple[int, ...], minutes: int
) -> None:
    assert shift.steps(strategy, percent) == steps
    assert shift.bake_minutes(strategy, percent, 5) == minutes
