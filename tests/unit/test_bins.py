"""Which bin a value falls in, and PSI of shares against hand-worked values."""

import math

import numpy as np
import pytest

from penstock import bins
from penstock.statistics.population_stability import of_shares as psi


def test_psi_equals_the_formula_worked_by_hand() -> None:
    by_hand = (0.4 - 0.5) * math.log(0.4 / 0.5) + (0.6 - 0.5) * math.log(0.6 / 0.5)
    assert psi([0.5, 0.5], [0.4, 0.6]) == pytest.approx(by_hand)
    assert psi([0.5, 0.5], [0.5, 0.5]) == 0
    assert math.isfinite(psi([1.0, 0.0], [0.0, 1.0]))


NUMERIC = {"kind": "numeric", "edges": [0.0, 1.0], "fractions": [0.2, 0.5, 0.2], "missing": 0.1}
CATEGORY = {"kind": "category", "values": {"a": 0.6, "b": 0.3}, "other": 0.1, "missing": 0.0}


def test_fractions_count_bins_missing_and_unseen_values() -> None:
    values = np.array([-1.0, 0.0, 0.5, 1.0, np.nan])
    assert bins.fractions(NUMERIC, values) == pytest.approx([0.2, 0.4, 0.2, 0.2])
    words = np.array(["a", "b", "z", ""], dtype=object)
    assert bins.fractions(CATEGORY, words) == pytest.approx([0.25, 0.25, 0.25, 0.25])


@pytest.mark.parametrize("entry", [NUMERIC, CATEGORY])
def test_the_baseline_itself_has_not_drifted(entry: dict) -> None:  # type: ignore[type-arg]
    assert sum(bins.expected(entry)) == pytest.approx(1)
    assert psi(bins.expected(entry), bins.expected(entry)) == 0
