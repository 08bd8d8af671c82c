"""What callers of a job get: an answer a row in the rows' order, and why some have none."""

import io
import json
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import polars as pl

from functions.batch.rows import Broken

SCHEMA: dict[str, pl.DataType] = {
    "file": pl.String(), "row": pl.Int64(), "row_id": pl.String(), "prediction_id": pl.String(),
    "score": pl.Float64(), "label": pl.String(), "model": pl.String(), "version": pl.String(),
    "error": pl.String(),
}  # fmt: skip


@dataclass(frozen=True)
class Scored:
    """A part with its answers. `ids` and `row_ids` are of all its rows; `values`, `scores` and
    `labels` of the `good` ones, which are indices into the part."""

    ids: list[str]
    row_ids: list[str]
    good: list[int]
    values: pl.DataFrame
    scores: list[float]
    labels: list[str]
    broken: Broken


def ids(day: str, job: str, part: int, count: int) -> list[str]:
    """Prediction ids of a part's rows: the same whenever and however often it is scored.

    The day in front, so that a search can skip the others; 96 bits of what the row is.
    """
    return [f"{day}-{sha256(f'{job}/{part}/{i}'.encode()).hexdigest()[:24]}" for i in range(count)]


def output(scored: Scored, file: str, first: int, model: dict[str, str]) -> pl.DataFrame:
    """SCHEMA: one row a row of the part; `first` is the number of its first row in the file."""
    count = len(scored.ids)
    scores: list[float | None] = [None] * count
    labels: list[str | None] = [None] * count
    errors: list[str | None] = [None] * count
    for i, score, label in zip(scored.good, scored.scores, scored.labels, strict=True):
        scores[i], labels[i] = score, label
    for i, violations in scored.broken.items():
        errors[i] = "; ".join(f"{v.field}: got {v.got}, expected {v.expected}" for v in violations)
    columns: dict[str, Any] = {
        "file": [file] * count,
        "row": range(first, first + count),
        "row_id": scored.row_ids,
        "prediction_id": scored.ids,
        "score": scores,
        "label": labels,
        "model": [model["model_package"]] * count,
        "version": [model["version"]] * count,
        "error": errors,
    }
    return pl.DataFrame(columns, schema=SCHEMA)


def to_bytes(frame: pl.DataFrame, suffix: str) -> bytes:
    """The same bytes for the same rows."""
    target = io.BytesIO()
    if suffix == "parquet":
        frame.write_parquet(target, compression="zstd", compression_level=3)
    elif suffix == "csv":
        frame.write_csv(target)
    else:
        frame.write_ndjson(target)
    return target.getvalue()


def failures(broken: Broken, file: str, first: int) -> bytes:
    """JSON lines: a refused row's file and number (from 0), and each rule that it breaks."""
    rows = [
        {
            "file": file,
            "row": first + i,
            "violations": [
                {"field": v.field, "expected": v.expected, "got": v.got} for v in broken[i]
            ],
        }
        for i in sorted(broken)
    ]
    return "".join(f"{json.dumps(row)}\n" for row in rows).encode()
