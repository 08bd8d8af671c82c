"""The three sides of a dataset: right rows, right form, or a named refusal."""

import io
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from functions.prepare import build
from functions.prepare.errors import DatasetDamaged, EmptySplit, OneClassTarget
from penstock.contract import Column, Contract, TargetRule

CONTRACT = Contract(
    usecase="demo",
    row_id="id",
    columns=(
        Column("weight", "float", nullable=True),
        Column("plan", "category", values=("a", "bbb"), nullable=True),
    ),
    target=TargetRule("outcome", "yes", "no"),
    threshold=0.5,
)
SHARES = {"validation": 0.2, "holdout": 0.2, "where": "here"}
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def part(ids: list[int], weight: float | None = 1.0, outcome: str | None = None) -> bytes:
    frame = pl.DataFrame(
        {
            "id": [str(i) for i in ids],
            "weight": pl.Series([weight] * len(ids), dtype=pl.Float64),
            "plan": ["bbb" if i % 2 else None for i in ids],
            "outcome": [outcome or ("yes" if i % 3 else "no") for i in ids],
        }
    )
    target = io.BytesIO()
    frame.write_parquet(target)
    return target.getvalue()


def sides(n: int = 300) -> dict[str, pl.DataFrame]:
    return build.split(build.merge({"a": part(list(range(n)))}, CONTRACT), CONTRACT, **SHARES)


def test_for_an_id_the_last_part_wins() -> None:
    merged = build.merge({"a": part([1, 2, 3], 1.0), "b": part([2], 9.0)}, CONTRACT)
    assert dict(merged.select("id", "weight").iter_rows()) == {"1": 1.0, "2": 9.0, "3": 1.0}


def test_a_part_of_an_older_contract_is_refused_by_name() -> None:
    old = io.BytesIO()
    pl.DataFrame({"id": ["1"], "weight": [1.0], "outcome": ["yes"]}).write_parquet(old)
    with pytest.raises(DatasetDamaged, match=r"no columns \['plan'\] \(at parts/old"):
        build.merge({"parts/old": old.getvalue()}, CONTRACT)


def test_a_row_stays_on_its_side_when_the_dataset_grows() -> None:
    before, after = sides(200), sides(300)
    for side, rows in before.items():
        assert set(rows["id"]) <= set(after[side]["id"])
    assert sum(rows.height for rows in after.values()) == 300


def test_one_class_is_refused() -> None:
    merged = build.merge({"a": part(list(range(50)), outcome="yes")}, CONTRACT)
    with pytest.raises(OneClassTarget, match=r"outcome is \['yes'\] in all 50 rows"):
        build.split(merged, CONTRACT, **SHARES)


def test_one_class_on_one_side_is_refused_too() -> None:
    """A holdout of one class cannot be measured, and that must be said here, not in evaluate."""
    merged = build.merge({"a": part(list(range(300)))}, CONTRACT)
    holdout = sides()["holdout"]["id"].implode()
    yes = pl.when(pl.col("id").is_in(holdout)).then(pl.lit("yes")).otherwise("outcome")
    with pytest.raises(OneClassTarget, match="side holdout"):
        build.split(merged.with_columns(yes.alias("outcome")), CONTRACT, **SHARES)


def test_an_empty_side_is_refused() -> None:
    with pytest.raises(EmptySplit, match="falls on the side"):
        build.split(build.merge({"a": part([0, 1])}, CONTRACT), CONTRACT, **SHARES)


def test_the_holdout_is_read_without_pickle_and_in_the_contracts_form() -> None:
    rows = build.merge({"a": part([1, 2, 3], None)}, CONTRACT)
    with np.load(io.BytesIO(build.to_npz(rows, CONTRACT)), allow_pickle=False) as arrays:
        assert sorted(arrays) == ["__id__", "__target__", "plan", "weight"]
        assert np.isnan(arrays["weight"]).all()
        assert arrays["plan"].tolist() == ["bbb", "", "bbb"]
        assert arrays["__target__"].tolist() == [1, 1, 0]
        assert arrays["__target__"].dtype == np.int8
        assert arrays["__id__"].tolist() == ["1", "2", "3"]


def test_the_same_dataset_gives_the_same_bytes() -> None:
    one, two = sides(), sides()
    for side in one:
        assert build.to_parquet(one[side], CONTRACT) == build.to_parquet(two[side], CONTRACT)
        assert build.to_npz(one[side], CONTRACT) == build.to_npz(two[side], CONTRACT)


def test_rows_with_a_time_are_split_in_its_order_however_they_were_sent() -> None:
    ids = np.random.default_rng(0).permutation(300).tolist()
    sent = pl.read_parquet(part(ids)).with_columns(
        seen=pl.Series([NOW + timedelta(hours=i) for i in ids])
    )
    target = io.BytesIO()
    sent.write_parquet(target)
    merged = build.merge({"a": target.getvalue()}, CONTRACT, "seen")
    sides = build.split(merged, CONTRACT, "seen", **SHARES)
    order = [int(i) for side in ("train", "validation", "holdout") for i in sides[side]["id"]]
    assert order == list(range(300))
    assert build.summary(sides, CONTRACT, "seen")["times"]["holdout"] == [
        (NOW + timedelta(hours=hours)).isoformat() for hours in (240, 299)
    ]
    assert "seen" not in np.load(io.BytesIO(build.to_npz(sides["holdout"], CONTRACT)))


def test_a_part_without_the_time_is_refused() -> None:
    with pytest.raises(DatasetDamaged, match=r"no columns \['seen'\]"):
        build.merge({"a": part([1])}, CONTRACT, "seen")
