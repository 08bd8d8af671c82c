"""The scan counts what penstock.bins counts, and only what it should."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from monitor_world import FIELDS, LIMITS, NOW, WINDOW, sample, write

from functions.monitor import reading, reconcile, scan
from functions.monitor.query import Wanted
from functions.monitor.reconcile import Situation
from functions.monitor.sketch import Sketch, merge
from functions.shared.usecase import Retraining
from penstock import bins


def look(*files: Path, fields: Any = FIELDS, limits: Any = LIMITS) -> Sketch:
    return reading.read(files, Wanted(fields, limits, WINDOW)).sketch


def test_the_scan_counts_what_penstock_bins_counts(tmp_path: Path) -> None:
    """Edges met exactly, missing values, rare categories: the two ways to count must agree."""
    seen = sample(3000, 1, shift=0.7)
    found = look(write(tmp_path / "a.parquet", seen))
    assert found.rows == 3000
    assert set(found.fields) == {"weight", "plan", "active", "score"}
    for name, entry in FIELDS.items():
        expected = bins.fractions(entry, seen[name])
        np.testing.assert_allclose(np.array(found.fields[name].bins) / 3000, expected, atol=1e-12)


def test_partitions_merge_to_exactly_the_whole(tmp_path: Path) -> None:
    """So that a window that outgrows a Lambda can be counted in parts."""
    files = [
        write(tmp_path / f"{i}.parquet", sample(500 + 100 * i, i, shift=i / 4), start=10_000 * i)
        for i in range(5)
    ]
    files.append(write(tmp_path / "r.parquet", sample(7, 9), 90_000, refused=True, reason="why"))
    late = "2026-11-21T11:00:00.000+00:00"
    files.append(write(tmp_path / "l.parquet", sample(3, 9), 91_000, prediction_time=late))
    whole = look(*files)
    assert merge([look(file) for file in files]) == whole
    assert merge([look(*files[:2]), look(*files[2:])]) == whole
    assert (whole.rows, whole.refused, whole.misdated) == (
        3500,
        {"why": 7},
        {"dated after this look": 3},
    )


def test_a_table_alone_is_counted_by_the_same_bins(tmp_path: Path) -> None:
    file = write(tmp_path / "a.parquet", sample(900, 1))
    assert scan.count(pl.scan_parquet(file), FIELDS, LIMITS).fields == look(file).fields


def test_a_value_on_an_edge_is_above_it(tmp_path: Path) -> None:
    edge = FIELDS["weight"]["edges"][0]
    seen = sample(10, 1) | {"weight": np.full(10, edge)}
    assert look(write(tmp_path / "a.parquet", seen)).fields["weight"].bins[:2] == (0, 10)


def test_personal_columns_are_not_looked_at() -> None:
    assert "email" not in FIELDS


@pytest.mark.parametrize(
    "own",
    [
        {"refused": True},
        {"model_package": "canary"},
        {"prediction_time": "2026-11-20T12:00:00.001+00:00"},
        {"prediction_time": "2026-11-19T11:59:59.999+00:00"},
        {"prediction_time": "2026-11-20T11:00:00.000+02:00"},
        {"prediction_id": None},
    ],
)
def test_only_the_champions_answers_in_the_window_count(
    tmp_path: Path, own: dict[str, Any]
) -> None:
    """A refusal has no inputs, a canary has its own scores, an earlier time its own look."""
    good = write(tmp_path / "good.parquet", sample(20, 1))
    other = write(tmp_path / "other.parquet", sample(30, 2), start=100, **own)
    assert look(good, other).rows == 20


def test_the_windows_start_belongs_to_it(tmp_path: Path) -> None:
    own: dict[str, Any] = {"prediction_time": "2026-11-19T12:00:00.000+00:00"}
    assert look(write(tmp_path / "a.parquet", sample(5, 1), **own)).rows == 5


def test_a_record_delivered_twice_counts_once(tmp_path: Path) -> None:
    files = [write(tmp_path / f"{name}.parquet", sample(20, 1)) for name in "ab"]
    refusals = [
        write(tmp_path / f"r{name}.parquet", sample(9, 1), 500, refused=True, reason="age")
        for name in "ab"
    ]
    found = look(*files, *refusals)
    assert (found.rows, found.refused) == (20, {"age": 9})


ON = Situation("ALARM", drifts=True, new_labels=9, last_training=None, is_training=False)
OFF = replace(ON, alarm_state="OK")
RULES = Retraining(on=("drift", "labels"), labels=10, cool_down_hours=6)
ONLY_DATA = replace(RULES, on=("dataset",))


@pytest.mark.parametrize(
    ("situation", "rules", "trigger", "why"),
    [
        (ON, RULES, "drift", "nothing was started for it"),
        (replace(ON, drifts=False), RULES, None, "does not confirm it"),
        (OFF, RULES, None, "the drift alarm is OK; 9 new labels, 10 are asked for"),
        (replace(ON, alarm_state="INSUFFICIENT_DATA"), RULES, None, "INSUFFICIENT_DATA"),
        (ON, ONLY_DATA, None, "retraining.on has no drift"),
        (replace(ON, is_training=True), RULES, None, "a training is running"),
        (replace(ON, is_releasing=True), RULES, None, "a release is running"),
        (replace(ON, last_training=NOW - timedelta(hours=5)), RULES, None, "cooling down"),
        (replace(ON, last_training=NOW - timedelta(hours=6)), RULES, "drift", "nothing was"),
        (replace(OFF, new_labels=10), RULES, "labels", "10 new labels"),
        (replace(ON, new_labels=10), RULES, "drift", "nothing was started for it"),
        (replace(OFF, new_labels=10), ONLY_DATA, None, "the drift alarm is OK"),
        (replace(ON, held_back="paused since noon"), RULES, None, "paused since noon"),
    ],
)
def test_a_forgotten_alarm_or_enough_labels_start_a_training_and_nothing_else_does(
    situation: Situation, rules: Retraining, trigger: str | None, why: str
) -> None:
    decided, said = reconcile.decide(NOW, situation, rules)
    assert decided == trigger
    assert why in said
