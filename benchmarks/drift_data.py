"""Windows of 30 columns to measure drift on: 20 numbers, 10 categories, some moved a little."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from penstock import baseline

NUMBERS, CATEGORIES = 20, 10
TRAINING, MODEL = "training.parquet", "model"


def columns(rows: int, seed: int, moved: float) -> dict[str, npt.NDArray[Any]]:
    """float64 [n] with nan for missing, or text [n]; every fourth has moved."""
    rng, made = np.random.default_rng(seed), {}
    for i in range(NUMBERS):
        shift = moved if i % 4 == 0 else 0.0
        values = rng.normal(shift, 1, rows) if i % 2 else rng.gamma(2 + shift, 10, rows)
        values[rng.random(rows) < 0.02] = np.nan
        made[f"n{i}"] = values.round(4)
    for i in range(CATEGORIES):
        names = np.array([f"value {k}" for k in range(3 + 2 * i)])
        shares = np.arange(1, len(names) + 1, dtype=float)
        shares[0] += len(names) * (moved if i % 4 == 0 else 0.0)
        made[f"c{i}"] = rng.choice(names, rows, p=shares / shares.sum())
    return made


def write(folder: Path, rows: int, parts: int) -> None:
    """The training rows with their baseline, `parts` windows, and one window as records."""
    trained = columns(rows, 0, 0.0)
    pl.DataFrame(trained).write_parquet(folder / TRAINING)
    typed = {n: v if v.dtype.kind == "f" else v.astype(object) for n, v in trained.items()}
    tables = baseline.tables(typed)
    (folder / "baseline.json").write_text(json.dumps({"rows": rows, "columns": tables}))
    for part in range(parts):
        seen = columns(rows, 1 + part, 0.15)
        frame = pl.DataFrame(seen).with_columns(pl.col(pl.Float64).fill_nan(None))
        frame.write_parquet(folder / f"part-{part}.parquet")
        if part == 0:
            _as_records(frame).write_parquet(folder / "records.parquet", compression="snappy")


def _as_records(frame: pl.DataFrame) -> pl.DataFrame:
    """As Firehose files what predict prints."""
    n = frame.height
    rng = np.random.default_rng(9)
    ids = [f"20261120-{noise:024x}" for noise in rng.integers(0, 2**62, n).tolist()]
    return frame.with_columns(
        pl.Series("prediction_id", ids),
        pl.lit("2026-11-20T11:00:00.123+00:00").alias("prediction_time"),
        pl.lit(MODEL).alias("model_package"),
        pl.lit(False).alias("refused"),
        pl.lit(None, pl.String).alias("reason"),
        pl.Series("score", rng.random(n)),
    )
