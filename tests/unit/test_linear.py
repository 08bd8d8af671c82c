"""A linear model's numbers: what each column adds is exact, and numpy alone gives the score."""

import itertools
import json
import math

import numpy as np
import numpy.typing as npt
import pytest

from penstock.linear import Linear

NAN = math.nan
MEDIANS = np.array([3.0, 0.0, 90.0])
TRAINED_ON = np.array([[1, 0, 100], [3, 1, 90], [NAN, 0, 20], [5, 0, NAN]])
GONE = np.isnan(TRAINED_ON)
MODEL = Linear(
    intercept=-0.5,
    coefficients=np.array([2.0, -1.0, 0.25]),
    means=np.where(GONE, MEDIANS, TRAINED_ON).mean(axis=0),
    medians=MEDIANS,
    missing=np.array([0.7, 0.0, -0.2]),
    missing_means=GONE.mean(axis=0),
)
ROWS = np.array([[1, 0, 100], [NAN, 1, 60], [4, 0, NAN], [NAN, 1, NAN]], np.float32)


def log_odds(row: npt.NDArray[np.float64]) -> float:
    """The definition written out, value by value."""
    total = MODEL.intercept
    for i, value in enumerate(row.tolist()):
        is_missing = math.isnan(value)
        total += MODEL.coefficients[i] * ((MEDIANS[i] if is_missing else value) - MODEL.means[i])
        total += MODEL.missing[i] * (is_missing - MODEL.missing_means[i])
    return float(total)


def worth(row: npt.NDArray[np.float64], known: tuple[int, ...]) -> float:
    """What is expected of a row of which these columns are known, the others as in training."""
    rows = TRAINED_ON.copy()
    rows[:, known] = row[list(known)]
    return float(np.mean([log_odds(one) for one in rows]))


def test_a_score_is_the_logistic_of_the_sum() -> None:
    expected = [1 / (1 + math.exp(-log_odds(row))) for row in ROWS.astype(np.float64)]
    np.testing.assert_allclose(MODEL.scores(ROWS), expected, rtol=1e-12)


def test_what_a_column_adds_is_its_shapley_value() -> None:
    """Over all orders in which a row's columns become known; none is where every row begins."""
    base, added = MODEL.contributions(ROWS)
    orders = list(itertools.permutations(range(3)))
    for row, begins, found in zip(ROWS.astype(np.float64), base, added, strict=True):
        assert begins == pytest.approx(worth(row, ()))
        values = np.zeros(3)
        for order in orders:
            for at, column in enumerate(order):
                gained = worth(row, order[: at + 1]) - worth(row, order[:at])
                values[column] += gained / len(orders)
        np.testing.assert_allclose(found, values, atol=1e-12)


def test_it_is_the_same_from_its_own_json() -> None:
    again = Linear.from_dict(json.loads(json.dumps(MODEL.to_dict(), allow_nan=False)))
    np.testing.assert_array_equal(again.scores(ROWS), MODEL.scores(ROWS))
    assert again.to_dict() == MODEL.to_dict()


def test_the_surest_scores_are_numbers_too() -> None:
    far = np.array([[1e6, 0, 0], [-1e6, 0, 0]], np.float32)
    assert MODEL.scores(far).tolist() == [1.0, 0.0]


def test_no_row_has_no_score() -> None:
    base, added = MODEL.contributions(ROWS[:0])
    assert (base.shape, added.shape, MODEL.scores(ROWS[:0]).shape) == ((0,), (0, 3), (0,))
