"""The scan counts what penstock.drift counts, and only what it should."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from functions.monitor import reconcile, report, scan
from functions.monitor.reconcile import Situation
from penstock import baseline, drift
from penstock.contract import Column, Contract, TargetRule

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SINCE = NOW - timedelta(hours=24)
CONTRACT = Contract(
    usecase="demo",
    row_id="id",
    columns=(
        Column("weight", "float", nullable=True),
        Column("plan", "category", values=("a", "b", "c"), nullable=True),
        Column("active", "boolean"),
        Column("email", "category", values=("x@y",), personal=True),
    ),
    target=TargetRule("outcome", "yes", "no"),
    threshold=0.5,
)


def sample(n: int, seed: int, shift: float = 0.0) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    weight = rng.normal(shift, 1, n).round(2)
    weight[rng.random(n) < 0.1] = np.nan
    plan = rng.choice(np.array(["a", "b", "c", ""], dtype=object), n, p=[0.5, 0.4, 0.005, 0.095])
    email = np.array(["x@y"] * n, dtype=object)
    return {
        "weight": weight,
        "plan": plan,
        "active": (rng.random(n) < 0.3).astype(float),
        "email": email,
        "score": rng.random(n),
    }


TRAINED = sample(1000, 0)
BASELINE = baseline.build(TRAINED, TRAINED["score"], CONTRACT)
FIELDS = scan.entries(BASELINE)


def write(path: Path, columns: dict[str, Any], start: int = 0, **own: Any) -> Path:
    """Records as Firehose files them: missing is null, email is masked."""
    n = len(columns["score"])
    frame = pl.DataFrame(
        {
            "prediction_id": [f"p{start + i}" for i in range(n)],
            "prediction_time": ["2026-11-20T11:00:00.123+00:00"] * n,
            "model_package": ["champion"] * n,
            "refused": [False] * n,
            "latency_ms": [1.0] * n,
            "email": ["0a1b"] * n,
            "weight": pl.Series(columns["weight"]).fill_nan(None),
            "plan": pl.Series([v or None for v in columns["plan"]], dtype=pl.String),
            "active": columns["active"],
            "score": columns["score"],
        }
    )
    frame.with_columns(**{k: pl.lit(v) for k, v in own.items()}).write_parquet(path)
    return path


def count(*files: Path, fields: Any = FIELDS) -> tuple[int, dict[str, list[float]]]:
    return scan.count(scan.records(files, fields, "champion", SINCE, NOW), fields)


def test_the_scan_gives_the_shares_of_penstock_drift(tmp_path: Path) -> None:
    """Edges met exactly, missing values, rare categories: the two ways to count must agree."""
    seen = sample(3000, 1, shift=0.7)
    rows, shares = count(write(tmp_path / "a.parquet", seen))
    assert rows == 3000
    assert set(shares) == {"weight", "plan", "active", "score"}
    for name, entry in FIELDS.items():
        expected = drift.fractions(dict(entry), seen[name])
        np.testing.assert_allclose(shares[name], expected, atol=1e-12)
        found = report.compare(FIELDS, shares)[name]["psi"]
        assert found == pytest.approx(drift.column_psi(dict(entry), seen[name]))


def test_a_value_on_an_edge_is_above_it(tmp_path: Path) -> None:
    edge = FIELDS["weight"]["edges"][0]
    seen = sample(10, 1) | {"weight": np.full(10, edge)}
    _, shares = count(write(tmp_path / "a.parquet", seen))
    assert shares["weight"][:2] == [0.0, 1.0]


def test_personal_columns_are_not_looked_at() -> None:
    assert "email" not in FIELDS


@pytest.mark.parametrize(
    "own",
    [
        {"refused": True},
        {"model_package": "canary"},
        {"prediction_time": "2026-11-20T12:00:00.001+00:00"},
        {"prediction_time": "2026-11-19T11:59:59.999+00:00"},
        {"prediction_id": None},
    ],
)
def test_only_the_champions_answers_in_the_window_count(
    tmp_path: Path, own: dict[str, Any]
) -> None:
    """A refusal has no inputs, a canary has its own scores, an earlier time its own look."""
    good = write(tmp_path / "good.parquet", sample(20, 1))
    other = write(tmp_path / "other.parquet", sample(30, 2), start=100, **own)
    assert count(good, other)[0] == 20


def test_the_windows_start_belongs_to_it(tmp_path: Path) -> None:
    own = {"prediction_time": "2026-11-19T12:00:00.000+00:00"}
    assert count(write(tmp_path / "a.parquet", sample(5, 1), **own))[0] == 5


def test_a_record_delivered_twice_counts_once(tmp_path: Path) -> None:
    files = [write(tmp_path / f"{name}.parquet", sample(20, 1)) for name in "ab"]
    assert count(*files)[0] == 20


def test_files_from_before_a_column_was_added_are_read_with_it_missing(tmp_path: Path) -> None:
    old = write(tmp_path / "old.parquet", sample(20, 1))
    pl.read_parquet(old).drop("weight").write_parquet(old)
    new = write(tmp_path / "new.parquet", sample(20, 2) | {"weight": np.ones(20)}, start=50)
    rows, shares = count(old, new)
    assert rows == 40
    assert shares["weight"][-1] == 0.5


def test_the_report_names_every_bin_and_puts_the_worst_first(tmp_path: Path) -> None:
    seen = sample(3000, 1) | {"plan": np.array(["b"] * 3000, dtype=object)}
    _, shares = count(write(tmp_path / "a.parquet", seen))
    found = report.compare(FIELDS, shares)
    assert next(iter(found)) == "plan"
    assert found["plan"]["bins"] == [*FIELDS["plan"]["values"], "other", "missing"]
    for facts in found.values():
        assert len(facts["bins"]) == len(facts["expected"]) == len(facts["actual"])
        assert sum(facts["actual"]) == pytest.approx(1)
    assert found["weight"]["bins"][0].startswith("below ")
    assert found["weight"]["bins"][-1] == "missing"
    assert all(found[name]["psi"] < 0.1 for name in ("weight", "active", "score"))


def test_a_column_that_never_varied_has_one_bin() -> None:
    assert report.bins({"kind": "numeric", "edges": []}) == ["any", "missing"]


ON = Situation("ALARM", True, True, 6, None, False)


@pytest.mark.parametrize(
    ("situation", "starts", "why"),
    [
        (ON, True, "nothing was started for it"),
        (Situation("ALARM", False, True, 6, None, False), False, "does not confirm it"),
        (Situation("OK", True, True, 6, None, False), False, "the drift alarm is OK"),
        (Situation("INSUFFICIENT_DATA", True, True, 6, None, False), False, "INSUFFICIENT_DATA"),
        (Situation("ALARM", True, False, 6, None, False), False, "retraining.on has no drift"),
        (Situation("ALARM", True, True, 6, None, True), False, "a training is running"),
        (Situation("ALARM", True, True, 6, NOW - timedelta(hours=5), False), False, "cooling down"),
        (
            Situation("ALARM", True, True, 6, NOW - timedelta(hours=6), False),
            True,
            "nothing was started",
        ),
    ],
)
def test_a_forgotten_alarm_starts_a_training_and_nothing_else_does(
    situation: Situation, starts: bool, why: str
) -> None:
    decided, said = reconcile.decide(NOW, situation)
    assert decided is starts
    assert why in said
