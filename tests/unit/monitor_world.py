"""Prediction records of a small use case, and its baseline, for the tests of the monitor."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import deployed
import numpy as np
import polars as pl

from functions.monitor import reading, reference, report, scan
from functions.monitor.query import Wanted, Window
from functions.monitor.seen import Report, Seen
from penstock import baseline
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
FIELDS = reference.read(BASELINE, CONTRACT, "s3://a/b").fields
LIMITS = scan.ranges(CONTRACT)
WINDOW = Window("champion", SINCE, NOW)


def write(path: Path, columns: dict[str, Any], start: int = 0, **own: Any) -> Path:
    """Records as Firehose files them: missing is null, email is masked."""
    n = len(columns["score"])
    frame = pl.DataFrame(
        {
            "prediction_id": [f"p{start + i}" for i in range(n)],
            "prediction_time": ["2026-11-20T11:00:00.123+00:00"] * n,
            "model_package": ["champion"] * n,
            "refused": [False] * n,
            "reason": pl.Series([None] * n, dtype=pl.String),
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


USECASE = deployed.of(CONTRACT)
CHAMPION = {"model_package_arn": "champion", "version": "4"}


def look(*files: Path, known: Any = BASELINE, previous: Report | None = None) -> Report:
    """What a look at these files reports, through JSON as it is written."""
    compared = reference.read(known, CONTRACT, "s3://a/baseline.json")
    found = reading.read(files, Wanted(compared.fields, LIMITS, WINDOW))
    seen = Seen(USECASE, "dev", CHAMPION, SINCE, NOW, compared, found, previous)
    return json.loads(json.dumps(report.make(seen), allow_nan=False))  # type: ignore[no-any-return]
