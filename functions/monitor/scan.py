"""Prediction records against a baseline's bins, counted in one lazy pass.

Cumulative counts `(x < edge).sum()` are as fast as reading the file, histograms are not. The
shares are those of `penstock.drift.fractions`; a test holds the two together.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl

from penstock.record import RECORD_FIELDS

SCORE = "score"
_HIVE: dict[str, pl.DataType] = {
    "string": pl.String(),
    "double": pl.Float64(),
    "boolean": pl.Boolean(),
}
_OWN = ("prediction_id", "prediction_time", "model_package", SCORE, "refused")
Entries = Mapping[str, Mapping[str, Any]]


def entries(baseline: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The baseline's tables by the record's field; personal columns have none."""
    columns = {n: e for n, e in baseline["columns"].items() if not e.get("personal")}
    return {**columns, SCORE: baseline["score"]}


def records(
    files: Sequence[Path], fields: Entries, model_package: str, since: datetime, until: datetime
) -> pl.LazyFrame:
    """What this model answered in [since, until): refusals left out, a record delivered twice once.

    Files from before a column was added are read with it missing.
    """
    own = {name: _HIVE[RECORD_FIELDS[name]] for name in _OWN}
    columns = {
        n: _HIVE["double" if e["kind"] == "numeric" else "string"] for n, e in fields.items()
    }
    frame = pl.scan_parquet(
        list(files), schema=columns | own, missing_columns="insert", extra_columns="ignore"
    )
    second = pl.col("prediction_time").str.slice(0, 19)  # ISO 8601 in UTC sorts as text
    asked = pl.col("prediction_id").is_not_null() & ~pl.col("refused").fill_null(False)
    in_window = (second >= _second(since)) & (second < _second(until))
    return frame.filter(asked & in_window & (pl.col("model_package") == model_package)).unique(
        subset="prediction_id"
    )


def count(frame: pl.LazyFrame, fields: Entries) -> tuple[int, dict[str, list[float]]]:
    """The number of rows and each field's share a bin, missing last (as `penstock.drift`)."""
    wanted = [pl.len().alias("rows")]
    for name, entry in fields.items():
        wanted += [e.alias(f"{name}/{i}") for i, e in enumerate(_counts(name, entry))]
    found = frame.select(wanted).collect().row(0, named=True)
    rows = int(found["rows"])
    shares = {}
    for name, entry in fields.items():
        counts = [int(found[f"{name}/{i}"]) for i in range(len(_counts(name, entry)))]
        shares[name] = _fractions(entry, counts, max(rows, 1))
    return rows, shares


def _counts(name: str, entry: Mapping[str, Any]) -> list[pl.Expr]:
    """Missing, then below each edge (numeric) or equal to each value (category)."""
    column = pl.col(name)
    if entry["kind"] == "numeric":
        missing = (column.is_null() | column.is_nan()).sum()
        return [missing, *((column < edge).sum() for edge in entry["edges"])]
    missing = (column.is_null() | (column == "")).sum()
    return [missing, *((column == value).sum() for value in entry["values"])]


def _fractions(entry: Mapping[str, Any], counts: list[int], rows: int) -> list[float]:
    missing, listed = counts[0], counts[1:]
    present = rows - missing
    if entry["kind"] == "numeric":
        steps = [0, *listed, present]
        bins = [high - low for low, high in pairwise(steps)]
    else:
        bins = [*listed, present - sum(listed)]
    return [n / rows for n in [*bins, missing]]


def _second(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
