"""A row's side depends on its id alone."""

import pytest

from penstock.splits import assign


def test_the_shares_are_those_asked_for_and_a_row_never_moves() -> None:
    ids = [f"row{i}" for i in range(5000)]
    sides = assign(ids, validation=0.15, holdout=0.2)
    assert sides.count("holdout") / 5000 == pytest.approx(0.2, abs=0.02)
    assert sides.count("validation") / 5000 == pytest.approx(0.15, abs=0.02)
    assert assign(ids[::-1], validation=0.15, holdout=0.2) == sides[::-1]


def test_a_split_that_leaves_nothing_to_train_on_is_refused() -> None:
    with pytest.raises(ValueError, match="leave rows"):
        assign(["a"], validation=0.5, holdout=0.5)
