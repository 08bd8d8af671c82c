"""The baseline says how the training rows were spread, and nothing about one of them."""

from typing import Any

import numpy as np
import pytest

from penstock import baseline, bins
from penstock.contract import Column, Columns, Contract, TargetRule
from penstock.statistics.population_stability import of_shares

RNG = np.random.default_rng(5)
N = 400
COLUMNS: Columns = {
    "amount": np.where(RNG.random(N) < 0.1, np.nan, RNG.lognormal(size=N)),
    "visits": RNG.poisson(1.2, N).astype(float),
    "member": (RNG.random(N) < 0.04).astype(float),
    "always": np.ones(N),
    "never": np.full(N, np.nan),
    "colour": RNG.choice(np.array(["red", "blue", ""], dtype=object), N, p=[0.7, 0.2, 0.1]),
    "age": RNG.uniform(20, 80, N),
    "town": RNG.choice(np.array(["here", "there"], dtype=object), N),
}
COLUMNS["colour"][:3] = "mauve"
TYPES = {"member": "boolean", "visits": "int", "colour": "category", "town": "category"}
CONTRACT = Contract(
    usecase="shop",
    row_id="id",
    columns=tuple(
        Column(
            name,
            TYPES.get(name, "float"),
            values=("red", "blue", "mauve", "here", "there")
            if name in ("colour", "town")
            else None,
            nullable=True,
            personal=name in ("age", "town"),
        )
        for name in COLUMNS
    ),
    target=TargetRule("buys", "yes", "no"),
    threshold=0.5,
)
SCORE = RNG.beta(1, 4, N)


def moved(entry: dict[str, Any], values: Any) -> float:
    """The PSI of values against a table."""
    return of_shares(bins.expected(entry), bins.fractions(entry, values))


@pytest.fixture(scope="module")
def made() -> dict[str, Any]:
    return baseline.build(COLUMNS, SCORE, CONTRACT)


OPEN = [c.name for c in CONTRACT.columns if not c.personal]


@pytest.mark.parametrize("name", OPEN)
def test_shares_sum_to_one_and_the_training_rows_have_not_drifted(
    made: dict[str, Any], name: str
) -> None:
    entry = made["columns"][name]
    assert sum(bins.expected(entry)) == pytest.approx(1)
    assert moved(entry, COLUMNS[name]) == pytest.approx(0)


@pytest.mark.parametrize("name", OPEN)
def test_no_bin_and_no_category_holds_fewer_than_k_rows(made: dict[str, Any], name: str) -> None:
    entry = made["columns"][name]
    shares = entry["values"].values() if entry["kind"] == "category" else entry["fractions"]
    if name not in ("never", "always"):
        assert all(round(share * N) >= 5 for share in shares)


def test_a_rare_category_is_not_named(made: dict[str, Any]) -> None:
    entry = made["columns"]["colour"]
    assert list(entry["values"]) == ["blue", "red"]
    assert entry["other"] == 3 / N
    assert entry["missing"] == np.mean(COLUMNS["colour"] == "")


def test_of_a_personal_column_nothing_is_kept(made: dict[str, Any]) -> None:
    assert made["columns"]["age"] == {"kind": "numeric", "personal": True}
    assert made["columns"]["town"] == {"kind": "category", "personal": True}


def test_few_values_get_a_bin_each_and_many_get_tenths(made: dict[str, Any]) -> None:
    assert made["columns"]["member"]["edges"] == [1.0]
    assert made["columns"]["visits"]["edges"][:3] == [1.0, 2.0, 3.0]
    assert made["columns"]["always"]["fractions"] == [0, 1, 0]
    assert len(made["score"]["edges"]) == 9
    assert made["columns"]["never"]["missing"] == 1


def test_what_has_moved_is_seen(made: dict[str, Any]) -> None:
    assert moved(made["columns"]["amount"], COLUMNS["amount"] * 2) > 0.25
    assert moved(made["columns"]["member"], 1 - COLUMNS["member"]) > 0.25


def test_a_bin_that_is_too_small_joins_its_neighbour() -> None:
    values = np.array([0.0] * 50 + [1.0] * 2 + [2.0] * 50)
    only = Contract("shop", "id", (Column("x", "float"),), CONTRACT.target, 0.5)
    entry = baseline.build({"x": values}, SCORE[:102], only)["columns"]["x"]
    assert entry["edges"] == [1.0]
    assert [round(f * 102) for f in entry["fractions"]] == [50, 52]
