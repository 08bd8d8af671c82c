"""What callers of a job get: an answer a row in the rows' order, and why some have none."""

import hashlib
import io
import json
from dataclasses import dataclass

import polars as pl

from functions.batch.rows import Broken
from functions.batch.sift import Indices

SCHEMA: dict[str, pl.DataType] = {
    "file": pl.String(), "row": pl.Int64(), "row_id": pl.String(), "prediction_id": pl.String(),
    "score": pl.Float64(), "label": pl.String(), "model": pl.String(), "version": pl.String(),
    "error": pl.String(),
}  # fmt: skip
_ERRORS = {"row": SCHEMA["row"], "error": SCHEMA["error"]}
_HEX = 24  # of an id: 96 bits


@dataclass(frozen=True)
class Scored:
    """A part with its answers: `ids` and `row_ids` [n] of all its rows; `values`, `scores` and
    `labels` [k] of the `good` ones, which are indices into the part."""

    ids: pl.Series
    row_ids: pl.Series
    good: Indices
    values: pl.DataFrame
    scores: pl.Series
    labels: pl.Series
    broken: Broken


def ids(day: str, job: str, part: int, count: int) -> pl.Series:
    """Prediction ids of a part's rows: the same whenever and however often it is scored.

    The day in front, so that a search can skip the others; 96 bits of what the row is, of one
    stream of bits a part: a hash a row takes longer than the row's answer.
    """
    bits = hashlib.shake_256(f"{job}/{part}".encode()).hexdigest(_HEX // 2 * count)
    starts = range(0, _HEX * count, _HEX)
    return pl.Series([f"{day}-{bits[i : i + _HEX]}" for i in starts], dtype=pl.String)


def output(scored: Scored, file: str, first: int, model: dict[str, str]) -> pl.DataFrame:
    """SCHEMA: one row a row of the part; `first` is the number of its first row in the file."""
    said = {
        i: "; ".join(f"{v.field}: got {v.got}, expected {v.expected}" for v in violations)
        for i, violations in scored.broken.items()
    }
    answered = {"row": scored.good, "score": scored.scores, "label": scored.labels}
    errors = pl.DataFrame({"row": list(said), "error": list(said.values())}, _ERRORS)
    found = pl.DataFrame({"row_id": scored.row_ids, "prediction_id": scored.ids})
    found = found.with_row_index("row").cast({"row": pl.Int64})
    for some in (pl.DataFrame(answered), errors):
        found = found.join(some, on="row", how="left", maintain_order="left")
    shared = {"file": file, "model": model["model_package"], "version": model["version"]}
    return found.with_columns(
        pl.col("row") + first, *(pl.lit(value).alias(name) for name, value in shared.items())
    ).select(*SCHEMA)


def to_bytes(frame: pl.DataFrame, suffix: str) -> bytes:
    """The same bytes for the same rows."""
    target = io.BytesIO()
    if suffix == "parquet":
        frame.write_parquet(target, compression="zstd", compression_level=1)
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
