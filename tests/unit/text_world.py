"""Prediction records with free texts, and their baseline, for the tests of the monitor."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from monitor_world import CHAMPION, NOW, SINCE, USECASE, WINDOW

from functions.monitor import reading, reference, report, scan
from functions.monitor.query import Wanted
from functions.monitor.reading import Reading
from functions.monitor.seen import Report, Seen
from functions.shared.usecase import Deployed
from penstock import baseline, record
from penstock.contract import Column, Contract, TargetRule

CONTRACT = Contract(
    usecase="desk",
    row_id="id",
    columns=(
        Column("message", "text", max_length=400, nullable=True),
        Column("diary", "text", max_length=400, nullable=True, personal=True),
        Column("amount", "float"),
    ),
    target=TargetRule("urgent", "yes", "no"),
    threshold=0.5,
)
LIMITS = scan.ranges(CONTRACT)
WORDS = ("card", "lost", "it's", "refund", "please", "שלום", "👍", "my", "bill", "Straße")
COMMON = np.array([0.5, 0.3, 0.2, 0.02, 0.4, 0.05, 0.1, 0.6, 0.2, 0.05])


def texts(n: int, seed: int, shares: Any = COMMON) -> list[str]:
    """Some are missing, some of punctuation alone, some have a word of their own."""
    rng = np.random.default_rng(seed)
    held = rng.random((n, len(WORDS))) < shares
    made = [" ".join(w for w, is_in in zip(WORDS, row, strict=True) if is_in) for row in held]
    for i in np.flatnonzero(rng.random(n) < 0.3):
        made[i] += f", order#{rng.integers(10**6)}"
    for i in np.flatnonzero(rng.random(n) < 0.1):
        made[i] = ("", "...!")[i % 2]
    return made


def columns(n: int, seed: int, **given: Any) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    found = {
        "message": texts(n, seed),
        "diary": texts(n, seed + 1),
        "amount": rng.normal(size=n),
        "score": rng.random(n),
    } | given
    return {name: np.array(v, object) if isinstance(v, list) else v for name, v in found.items()}


TRAINED = columns(1000, 0)
BASELINE = baseline.build(TRAINED, TRAINED["score"], CONTRACT)
KNOWN = reference.read(BASELINE, CONTRACT, "s3://a/b")


def wanted(sampled: tuple[str, ...] = (), known: reference.Reference = KNOWN) -> Wanted:
    return Wanted(known.fields, LIMITS, WINDOW, sampled, known.texts)


def write(path: Path, seen: dict[str, Any], start: int = 0) -> Path:
    """Records as Firehose files them: missing is null, a diary is masked."""
    n, mask = len(seen["score"]), record.mask("text")
    pl.DataFrame(
        {
            "prediction_id": [f"p{start + i}" for i in range(n)],
            "prediction_time": ["2026-11-20T11:00:00.123+00:00"] * n,
            "model_package": ["champion"] * n,
            "refused": [False] * n,
            "reason": pl.Series([None] * n, dtype=pl.String),
            "message": pl.Series([v or None for v in seen["message"]], dtype=pl.String),
            "diary": pl.Series(
                [mask(v, b"k") if v else None for v in seen["diary"]], dtype=pl.String
            ),
            "amount": seen["amount"],
            "score": seen["score"],
        }
    ).write_parquet(path)
    return path


DEPLOYED = Deployed(**{**USECASE.__dict__, "contract": CONTRACT})


def look(*files: Path, known: Any = BASELINE) -> Report:
    """What a look at these files reports, through JSON as it is written."""
    compared = reference.read(known, CONTRACT, "s3://a/baseline.json")
    found: Reading = reading.read(files, wanted(known=compared))
    seen = Seen(DEPLOYED, "dev", CHAMPION, SINCE, NOW, compared, found)
    return json.loads(json.dumps(report.make(seen), allow_nan=False))  # type: ignore[no-any-return]
