"""Whatever comes in, a look ends in a clear finding or a clear error; the rest is still checked."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from monitor_world import BASELINE, CONTRACT, FIELDS, NOW, look, sample, write

from functions.monitor import reference
from functions.monitor.report import Report
from penstock import baseline
from penstock.errors import PenstockError


def said(found: Report) -> str:
    return "; ".join(trouble["what"] for trouble in found["troubles"])


@pytest.mark.parametrize("rows", [0, 1])
def test_a_window_of_no_row_or_one_is_judged_without_an_alarm(tmp_path: Path, rows: int) -> None:
    found = look(write(tmp_path / "a.parquet", sample(rows, 1)))
    assert found["rows"] == rows
    assert found["drifted"] == []
    told = "not judged" if rows == 0 else "no more than chance"
    assert all(told in column["why"] for column in found["columns"].values())


def test_a_window_without_files_is_empty() -> None:
    assert look()["rows"] == 0


def test_a_column_that_became_constant_has_drifted_and_no_other(tmp_path: Path) -> None:
    found = look(write(tmp_path / "a.parquet", sample(500, 1) | {"weight": np.full(500, 0.3)}))
    assert found["drifted"] == ["weight"]


def test_a_column_that_was_constant_in_training_is_watched_for_missing_values(
    tmp_path: Path,
) -> None:
    trained = sample(1000, 0) | {"active": np.ones(1000)}
    known = baseline.build(trained, trained["score"], CONTRACT)
    seen = sample(500, 1) | {"active": np.where(np.arange(500) % 2, np.nan, 1.0)}
    found = look(write(tmp_path / "a.parquet", seen), known=known)
    assert found["drifted"] == ["active"]


def test_a_column_that_vanished_is_named_and_has_drifted(tmp_path: Path) -> None:
    file = write(tmp_path / "a.parquet", sample(500, 1))
    pl.read_parquet(file).drop("weight").write_parquet(file)
    found = look(file)
    assert "no file has weight: the column has vanished" in said(found)
    assert found["drifted"] == ["weight"]
    assert found["columns"]["weight"]["actual"][-1] == 1.0
    assert found["columns"]["plan"]["p_value"] > 0.001


def test_files_from_before_a_column_was_added_are_read_with_it_missing(tmp_path: Path) -> None:
    old = write(tmp_path / "old.parquet", sample(20, 1))
    pl.read_parquet(old).drop("weight").write_parquet(old)
    new = write(tmp_path / "new.parquet", sample(20, 2) | {"weight": np.ones(20)}, start=50)
    found = look(old, new)
    assert found["rows"] == 40
    assert found["columns"]["weight"]["actual"][-1] == 0.5
    assert "1 of 2 files have no weight" in said(found)


def test_a_column_that_changed_its_type_is_named_and_the_others_are_compared(
    tmp_path: Path,
) -> None:
    good = write(tmp_path / "good.parquet", sample(300, 1))
    bad = write(tmp_path / "bad.parquet", sample(300, 2), start=1000)
    pl.read_parquet(bad).with_columns(pl.lit("heavy").alias("weight")).write_parquet(bad)
    found = look(good, bad)
    assert "weight is String in 1 of 2 files, not Float64" in said(found)
    assert found["rows"] == 600
    assert found["drifted"] == ["weight"]
    assert sum(found["columns"]["plan"]["actual"]) == pytest.approx(1)


def test_a_whole_number_is_a_number(tmp_path: Path) -> None:
    """Another writer's int is no change of type."""
    file = write(tmp_path / "a.parquet", sample(300, 1))
    pl.read_parquet(file).with_columns(pl.col("active").cast(pl.Int32)).write_parquet(file)
    found = look(file)
    assert (said(found), found["drifted"]) == ("", [])


def test_a_column_with_no_value_at_all_has_drifted_to_missing(tmp_path: Path) -> None:
    empty = np.array([""] * 300, dtype=object)
    found = look(write(tmp_path / "a.parquet", sample(300, 1) | {"plan": empty}))
    assert found["drifted"] == ["plan"]
    assert found["columns"]["plan"]["place"]["where"] == "missing"


def test_nan_is_missing_and_infinity_is_told_of(tmp_path: Path) -> None:
    seen = sample(300, 1)
    weight = np.ones(300)
    weight[:100], weight[100:103] = np.inf, -np.inf
    file = write(tmp_path / "a.parquet", seen)
    nan = pl.Series("active", np.where(np.arange(300) < 60, np.nan, 1.0))
    pl.read_parquet(file).with_columns(nan, pl.Series("weight", weight)).write_parquet(file)
    found = look(file)
    assert "weight: 103 values are infinite or not within any to any" in said(found)
    assert found["columns"]["active"]["actual"][-1] == pytest.approx(0.2)
    assert sum(found["columns"]["weight"]["actual"]) == pytest.approx(1)


def test_values_out_of_the_contracts_range_are_told_of(tmp_path: Path) -> None:
    seen = sample(300, 1)
    seen["score"] = np.where(np.arange(300) < 4, 1.5, seen["score"])
    found = look(write(tmp_path / "a.parquet", seen))
    assert "score: 4 values are infinite or not within 0 to 1" in said(found)


def test_a_corrupt_file_is_left_out_and_told_of(tmp_path: Path) -> None:
    good = write(tmp_path / "good.parquet", sample(300, 1))
    cut = write(tmp_path / "cut.parquet", sample(300, 2), start=1000)
    cut.write_bytes(cut.read_bytes()[:400])
    found = look(good, cut)
    assert "1 of 2 files cannot be read" in said(found)
    assert found["rows"] == 300


def test_a_file_whose_pages_alone_are_corrupt_is_left_out_too(tmp_path: Path) -> None:
    """Its footer is sound, so that only decoding finds it."""
    good = write(tmp_path / "good.parquet", sample(300, 1))
    hit = write(tmp_path / "hit.parquet", sample(3000, 2), start=1000)
    body = bytearray(hit.read_bytes())
    body[4 : len(body) // 2] = b"\x00" * (len(body) // 2 - 4)
    hit.write_bytes(bytes(body))
    found = look(good, hit)
    assert "1 of 2 files cannot be read" in said(found)
    assert found["rows"] == 300


def test_a_window_of_corrupt_files_alone_is_an_error(tmp_path: Path) -> None:
    """Silence would look like a quiet day."""
    file = tmp_path / "a.parquet"
    file.write_bytes(b"PAR1 nothing PAR1")
    with pytest.raises(PenstockError, match="none of the window's 1 files can be read"):
        look(file)


@pytest.mark.parametrize(
    ("time", "words"),
    [
        ("2026-11-21T11:00:00.000+00:00", "9 records are dated after this look"),
        ("2026-11-01T11:00:00.000+00:00", "9 records are dated days before they arrived"),
        ("2026-11-20T11:00:00.000+05:00", "9 records have no time in UTC"),
        (None, "9 records have no time in UTC"),
    ],
)
def test_clocks_that_disagree_are_told_of(tmp_path: Path, time: str | None, words: str) -> None:
    good = write(tmp_path / "good.parquet", sample(300, 1))
    off: dict[str, Any] = {"prediction_time": time}
    other = write(tmp_path / "off.parquet", sample(9, 2), start=1000, **off)
    found = look(good, other)
    assert words in said(found)
    assert found["rows"] == 300


def test_a_clock_that_is_ahead_by_seconds_is_no_trouble(tmp_path: Path) -> None:
    soon = (NOW + timedelta(seconds=30)).isoformat(timespec="milliseconds")
    own: dict[str, Any] = {"prediction_time": soon}
    assert said(look(write(tmp_path / "a.parquet", sample(9, 2), **own))) == ""


def changed(**columns: Any) -> dict[str, Any]:
    """The baseline with some of its tables as another version might have them."""
    tables = {**BASELINE["columns"], **columns}
    return {**BASELINE, "columns": {n: t for n, t in tables.items() if t is not None}}


@pytest.mark.parametrize(
    ("known", "words"),
    [
        (changed(plan=None), "the use case has it, the champion was trained without it"),
        (changed(height=BASELINE["columns"]["weight"]), "the use case has it no more"),
        (changed(plan=BASELINE["columns"]["weight"]), "numeric when the champion was trained"),
        (changed(weight={"kind": "numeric", "edges": [1.0]}), "has no fractions, missing"),
        (
            changed(weight=BASELINE["columns"]["weight"] | {"fractions": [1.0]}),
            "1 shares of 9 edges",
        ),
    ],
)
def test_a_baseline_of_another_version_is_told_of_and_the_rest_is_compared(
    tmp_path: Path, known: dict[str, Any], words: str
) -> None:
    seen = sample(500, 1) | {"active": np.ones(500)}
    found = look(write(tmp_path / "a.parquet", seen), known=known)
    assert words in said(found)
    assert found["drifted"] == ["active"]


@pytest.mark.parametrize(
    "known",
    [{}, {"columns": {}, "rows": 10}, {"rows": "many", "columns": {}, "score": {}}, []],
)
def test_what_is_no_baseline_is_an_error_that_names_it(known: Any) -> None:
    with pytest.raises(PenstockError, match=r"no baseline of this version.*s3://a/baseline\.json"):
        reference.read(known, CONTRACT, "s3://a/baseline.json")


def test_a_baseline_of_which_nothing_fits_is_an_error() -> None:
    known = {"rows": 10, "columns": {"height": FIELDS["weight"]}, "score": {}}
    with pytest.raises(PenstockError, match="a baseline of another version"):
        reference.read(known, CONTRACT, "s3://a/baseline.json")
