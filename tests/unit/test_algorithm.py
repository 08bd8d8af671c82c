"""The algorithm of a use case: each has its own settings, and a wrong one is told as it stands."""

from pathlib import Path
from typing import Any

import pytest
from test_spec import write

from penstock.algorithm import LogisticRegression, XGBoost
from penstock.errors import PenstockError
from penstock.spec_file import load


def test_its_name_says_which_settings_it_has(tmp_path: Path) -> None:
    linear = {"name": "logistic_regression", "C": 0.1, "class_weight": "balanced"}
    assert load(write(tmp_path)).algorithm == XGBoost(name="xgboost")
    found = load(write(tmp_path, algorithm=linear))
    assert found.algorithm == LogisticRegression.model_validate(linear)


def test_without_a_penalty_nothing_has_a_strength(tmp_path: Path) -> None:
    none = {"name": "logistic_regression", "penalty": "none"}
    found = load(write(tmp_path, algorithm=none)).algorithm
    assert LogisticRegression.model_validate(found.model_dump()) == found
    with pytest.raises(PenstockError, match="inverse strength of a penalty"):
        load(write(tmp_path, algorithm=none | {"C": 0.1}))


@pytest.mark.parametrize(
    ("algorithm", "key", "expected"),
    [
        ({"name": "logistic_regression", "rounds": 3}, "algorithm.rounds", "'max_iter'"),
        ({"name": "xgboost", "C": 3}, "algorithm.C", "'rounds'"),
        ({"name": "logistic_regression", "C": 0}, "algorithm.C", "greater than 0"),
        ({"name": "logistic_regression", "penalty": "l1"}, "algorithm.penalty", "'l2' or 'none'"),
        ({"name": "xgboost", "seed": -1}, "algorithm.seed", "greater than or equal to 0"),
        ({"name": "forest"}, "algorithm", "'xgboost', 'logistic_regression'"),
        ({"rounds": 3}, "algorithm", "'name'"),
        ("xgboost", "algorithm", "dictionary"),
    ],
)
def test_what_is_wrong_is_told_where_it_stands(
    tmp_path: Path, algorithm: Any, key: str, expected: str
) -> None:
    with pytest.raises(PenstockError) as caught:
        load(write(tmp_path, algorithm=algorithm))
    assert f", key {key};" in str(caught.value)
    assert expected in str(caught.value)
