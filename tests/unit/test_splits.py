"""A row's side depends on its id alone, or on its time."""

import pytest

from penstock.splits import assign, in_time


def test_the_shares_are_those_asked_for_and_a_row_never_moves() -> None:
    ids = [f"row{i}" for i in range(5000)]
    sides = assign(ids, validation=0.15, holdout=0.2)
    assert sides.count("holdout") / 5000 == pytest.approx(0.2, abs=0.02)
    assert sides.count("validation") / 5000 == pytest.approx(0.15, abs=0.02)
    assert assign(ids[::-1], validation=0.15, holdout=0.2) == sides[::-1]


def test_a_split_that_leaves_nothing_to_train_on_is_refused() -> None:
    with pytest.raises(ValueError, match="leave rows"):
        assign(["a"], validation=0.5, holdout=0.5)


def test_in_time_the_oldest_train_and_the_newest_are_held_out() -> None:
    sides = in_time(list(range(1000)), validation=0.15, holdout=0.2)
    assert sides == ["train"] * 650 + ["validation"] * 150 + ["holdout"] * 200


def test_rows_of_one_moment_are_on_one_side() -> None:
    """A day's rows on both sides would let the model learn the day that it is judged by."""
    days = [i // 30 for i in range(1000)]
    sides = in_time(days, validation=0.15, holdout=0.2)
    assert len({(day, side) for day, side in zip(days, sides, strict=True)}) == len(set(days))
    assert sides == sorted(sides, key=["train", "validation", "holdout"].index)
    assert set(in_time([7] * 50, validation=0.2, holdout=0.2)) == {"train"}


def test_a_split_in_time_leaves_rows_to_train_on_too() -> None:
    with pytest.raises(ValueError, match="leave rows"):
        in_time([1], validation=0.5, holdout=0.5)
