"""Columns that come apart are found, though each is as it was; and importance adds up."""

import warnings
from typing import Any

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.metrics import ndcg_score
from sklearn.preprocessing import StandardScaler

from penstock import baseline, bins, importance, together
from penstock.calibration import Look, Rules, findings
from penstock.calibration.tables import watched
from penstock.contract import Column, Columns, Contract, TargetRule
from penstock.statistics import attribution, reconstruction

RULES = Rules(false_alarms_per_year=1, looks_per_year=8766, smallest_shift=0.1)
CONTRACT = Contract(
    usecase="demo",
    row_id="id",
    columns=(
        Column("height", "float"),
        Column("weight", "float", nullable=True),
        Column("age", "float"),
        Column("size", "category", values=("s", "m", "l")),
        Column("secret", "float", personal=True),
    ),
    target=TargetRule("outcome", "yes", "no"),
    threshold=0.5,
)


def people(n: int, seed: int) -> Columns:
    """Weight and size follow height."""
    rng = np.random.default_rng(seed)
    height = rng.normal(170, 10, n)
    weight = 0.9 * (height - 170) + 70 + rng.normal(0, 2, n)
    weight[rng.random(n) < 0.02] = np.nan
    size = np.where(height < 163, "s", np.where(height < 176, "m", "l")).astype(object)
    return {
        "height": height,
        "weight": weight,
        "age": rng.uniform(18, 80, n),
        "size": size,
        "secret": rng.normal(size=n),
    }


@pytest.fixture(scope="module")
def known() -> dict[str, Any]:
    trained = people(3000, 1)
    found = baseline.build(trained, np.full(3000, 0.5), CONTRACT)
    return baseline.on_unseen(found, people(800, 2), np.full(800, 0.5))


def drifted(known: dict[str, Any], window: Columns) -> list[str]:
    """As the monitor judges: every open column, and their distances."""
    apart, tables = known["together"], known["columns"]
    seen = [
        watched(name, table, bins.counts(table, window[name]), known["rows"])
        for name, table in tables.items()
        if not table.get("personal")
    ]
    distances = together.distances(apart, window, tables)
    table = apart["distance"]
    seen.append(watched("together", table, bins.counts(table, distances), known["rows"]))
    return [found.column for found in findings(Look(RULES, tuple(seen))) if found.drifted]


def test_errors_are_those_of_scikit_learns_pca() -> None:
    rng = np.random.default_rng(4)
    mixed = rng.normal(size=(500, 6)) @ rng.normal(size=(6, 6)) + 3
    fitted = reconstruction.fit(mixed)
    assert fitted is not None
    scaler = StandardScaler().fit(mixed)
    unit = scaler.transform(mixed)
    pca = PCA(n_components=reconstruction.KEPT, svd_solver="full").fit(unit)
    assert len(fitted["components"]) == pca.n_components_
    later = rng.normal(size=(200, 6)) @ rng.normal(size=(6, 6))
    unit = scaler.transform(later)
    theirs = np.linalg.norm(unit - pca.inverse_transform(pca.transform(unit)), axis=1)
    np.testing.assert_allclose(reconstruction.errors(fitted, later), theirs, rtol=1e-4)


@pytest.mark.parametrize("still", [np.ones((50, 1)), np.ones((50, 3)), np.full((50, 3), np.nan)])
def test_where_nothing_varies_together_nothing_is_fitted(still: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert reconstruction.fit(still) is None


def test_a_missing_value_counts_as_the_usual_one(known: dict[str, Any]) -> None:
    one = people(1, 5)
    one["weight"] = np.array([np.nan])
    mean = {**one, "weight": np.array([known["together"]["centre"][1]])}
    found, usual = (together.distances(known["together"], row, known["columns"])[0]
                    for row in (one, mean))  # fmt: skip
    assert found == pytest.approx(usual)


def test_columns_that_come_apart_are_found_though_each_is_as_it_was(known: dict[str, Any]) -> None:
    window = people(1000, 6)
    shuffled = np.random.default_rng(0).permutation(window["weight"])
    assert drifted(known, {**window, "weight": shuffled}) == ["together"]


def test_rows_like_those_of_training_are_not_found(known: dict[str, Any]) -> None:
    """200 windows of several sizes; the budget of so many looks is 0.02 alarms."""
    assert not any(drifted(known, people((100, 1000)[i % 2], 100 + i)) for i in range(200))


def test_of_a_personal_column_nothing_is_kept(known: dict[str, Any]) -> None:
    assert known["together"]["names"] == ["height", "weight", "age", "size"]


def test_the_order_of_features_is_worth_what_scikit_learn_says() -> None:
    trained = {"a": 5.0, "b": 3.0, "c": 0.5, "d": 0.1}
    now = {"a": 0.2, "b": 4.0, "c": 1.0, "d": 3.0}
    theirs = ndcg_score([list(trained.values())], [list(now.values())])
    assert attribution.ndcg(trained, now) == pytest.approx(theirs)
    assert attribution.ndcg(trained, trained) == 1
    assert attribution.ndcg(dict.fromkeys("ab", 0.0), {"a": 1.0, "b": 2.0}) == 1
    assert attribution.ranking(now) == ["b", "d", "c", "a"]


def test_a_features_importance_goes_to_the_columns_that_it_is_made_of() -> None:
    """What they are is seen from outside: features.py is code."""

    def derive(columns: Columns) -> Columns:
        ratio = columns["weight"] / columns["height"]
        return {"height": columns["height"], "ratio": ratio, "kind": columns["size"]}

    added = {"height": np.array([1.0, -1.0]), "ratio": np.array([2.0, 6.0]), "kind": np.zeros(2)}
    by_feature = importance.of_features(added)
    assert by_feature == {"height": 1.0, "ratio": 4.0, "kind": 0.0}
    found = importance.of_columns(by_feature, derive, people(300, 1))
    assert found == pytest.approx(
        {"height": 0.2 + 0.4, "weight": 0.4, "age": 0, "size": 0, "secret": 0}
    )
