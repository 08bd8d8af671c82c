"""A use case with an event time, down the road on real prices: what runs differ by is no drift."""

import io
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import trained
import yaml

from functions.evaluate import service
from functions.evaluate.measure import Holdout
from functions.ingest.validate import to_parquet, validate
from functions.prepare import build
from functions.shared.artifacts import Artifact
from penstock import bins, spec_file
from penstock.calibration import Finding, Look, Rules, findings
from penstock.calibration.tables import watched
from penstock.scorer import Scorer

DATA = Path(os.environ.get("PENSTOCK_DATA", trained.ROOT.parent / "shared" / "data"))
ELEC2 = DATA / "elec2" / "electricity.csv"
pytestmark = pytest.mark.skipif(not ELEC2.exists(), reason=f"no {ELEC2}")

NUMBERS = ["nswprice", "nswdemand", "vicprice", "vicdemand", "transfer"]
RULES = Rules(false_alarms_per_year=1, looks_per_year=8766, smallest_shift=0.1)
KNOWN, WEEK = 16_000, 48 * 7  # rows before the market opens to the neighbour state; half-hours
USECASE: dict[str, Any] = {
    "name": "power",
    "owner": "a@example.com",
    "description": "does the price rise",
    "problem": "binary",
    "target": {"column": "class", "positive": "UP", "negative": "DOWN"},
    "row_id": "half_hour",
    "event_time": "at",
    "columns": [{"name": name, "type": "float", "min": 0, "max": 1} for name in NUMBERS],
    "algorithm": {"name": "xgboost", "rounds": 20, "parameters": {"max_depth": 3}},
    "split": {"validation": 0.1, "holdout": 0.2},
    "gates": [{"metric": "roc_auc", "min": 0.5}],
    "budget": {"monthly_usd": 5},
}


def raw() -> pl.DataFrame:
    """The table, which says day and half-hour only, with the time that these are of."""
    table = pl.read_csv(ELEC2).select(*NUMBERS, "class").with_row_index("half_hour")
    begin = pl.datetime(1996, 5, 7, time_zone="UTC")
    at = begin + pl.duration(minutes=30 * pl.col("half_hour").cast(pl.Int64))
    return table.with_columns(at=at.dt.strftime("%Y-%m-%dT%H:%M:%SZ"))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> tuple[trained.Inputs, Path]:
    """Files sent in any order -> ingest -> prepare -> a real training."""
    folder = tmp_path_factory.mktemp("power")
    (folder / "usecase").mkdir()
    (folder / "usecase" / "usecase.yaml").write_text(yaml.safe_dump(USECASE))
    plain = "def features(columns):\n    return dict(columns)\n"
    (folder / "usecase" / "features.py").write_text(plain)
    contract = spec_file.load(folder / "usecase" / "usecase.yaml").contract()
    shuffled = raw().head(KNOWN).sample(fraction=1, shuffle=True, seed=3)
    parts = {}
    for i, sent in enumerate((shuffled.head(5000), shuffled.tail(-5000))):
        verdict = validate(sent.write_csv().encode(), contract, "at", where="here")
        assert not verdict.rejected.height
        parts[f"{i}.parquet"] = to_parquet(verdict.accepted)
    rows = build.merge(parts, contract, "at")
    sides = build.split(rows, contract, "at", validation=0.1, holdout=0.2, where="here")
    laid = trained.laid_out(folder / "usecase", sides, folder / "job")
    ran = laid.run(folder / "model")
    assert ran.returncode == 0, ran.stderr
    return laid, folder / "model"


def trained_on(model: tuple[trained.Inputs, Path]) -> dict[str, Any]:
    return json.loads((model[1] / "baseline.json").read_text())  # type: ignore[no-any-return]


def verdicts(known: dict[str, Any], rows: pl.DataFrame, *, in_time: bool = True) -> list[Finding]:
    columns = []
    for name in NUMBERS:
        entry = dict(known["columns"][name])
        if not in_time:
            entry.pop("usual")
        counts = bins.counts(entry, rows[name].to_numpy())
        columns.append(watched(name, entry, counts, known["rows"]))
    return [found for found in findings(Look(RULES, tuple(columns))) if found.drifted]


def test_the_oldest_rows_train_and_the_newest_are_held_out(
    model: tuple[trained.Inputs, Path],
) -> None:
    """Though the files came in any order."""
    sides = [pl.read_parquet(model[0].channel(side))["at"] for side in ("train", "validation")]
    held = np.load(io.BytesIO(model[0].holdout.read_bytes()))["__id__"].astype(int)
    assert [len(side) for side in (*sides, held)] == [11_200, 1_600, 3_200]
    assert all(side.is_sorted() for side in sides)
    assert sides[0].max() < sides[1].min()
    assert held.tolist() == list(range(12_800, KNOWN))


def test_training_and_evaluation_know_what_runs_of_rows_differ_by(
    model: tuple[trained.Inputs, Path],
) -> None:
    known = trained_on(model)
    runs = dict(map(tuple, known["columns"]["nswdemand"]["usual"]))
    assert list(runs) == [64.0, 128.0, 256.0, 512.0, 1024.0]
    assert runs[64.0] > runs[1024.0] > 0.1  # a day differs more from the year than three weeks
    contract = spec_file.load(model[0].folder.parent / "usecase" / "usecase.yaml").contract()
    scorer = Scorer(model[1])
    holdout = Holdout.read(model[0].holdout.read_bytes(), contract, where="here")
    judged = service._baseline(Artifact("", "", "", model[1]), scorer, holdout, in_time=True)
    assert judged["score"]["rows"] == len(holdout.y)
    assert judged["score"]["usual"]
    assert judged["columns"] == known["columns"]


def test_weeks_that_training_has_seen_raise_no_alarm_and_without_order_all_do(
    model: tuple[trained.Inputs, Path],
) -> None:
    known = trained_on(model)
    weeks = [raw().slice(start, WEEK) for start in range(0, 11_200 - WEEK, 4 * WEEK)]
    assert not any(verdicts(known, week) for week in weeks)
    assert all(verdicts(known, week, in_time=False) for week in weeks)


def test_the_opening_of_the_market_is_found_with_the_order_known(
    model: tuple[trained.Inputs, Path],
) -> None:
    """Three columns that stood still come to life."""
    moved = verdicts(trained_on(model), raw().slice(18_000, WEEK))
    assert {"vicprice", "vicdemand", "transfer"} <= {found.column for found in moved}
