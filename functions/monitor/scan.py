"""Prediction records against a baseline's bins, counted in one lazy pass.

Cumulative counts `(x < edge).sum()` are as fast as reading the file, histograms are not; texts are
grouped, since to compare them with every value of a long table is not. The bins are those of
`penstock.drift.fractions`; a test holds the two together.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import polars as pl

from functions.monitor.sketch import Sketch, Tally
from penstock.contract import Contract
from penstock.record import RECORD_FIELDS

SCORE = "score"
SLACK, OLD = timedelta(minutes=5), timedelta(days=2)
_HIVE: dict[str, pl.DataType] = {
    "string": pl.String(),
    "double": pl.Float64(),
    "boolean": pl.Boolean(),
}
_OWN = ("prediction_id", "prediction_time", "model_package", SCORE, "refused", "reason")
_LARGEST = 1.7976931348623157e308
Entries = Mapping[str, Mapping[str, Any]]
Ranges = Mapping[str, tuple[float | None, float | None]]


@dataclass(frozen=True)
class Window:
    """The champion's answers in [since, until)."""

    model_package: str
    since: datetime
    until: datetime


def types(fields: Entries) -> dict[str, pl.DataType]:
    """The columns of a record that a look wants, and the types that the lake's table gives them."""
    own = {name: _HIVE[RECORD_FIELDS[name]] for name in _OWN}
    kinds = {"numeric": _HIVE["double"], "category": _HIVE["string"]}
    return {name: kinds[entry["kind"]] for name, entry in fields.items()} | own


def ranges(contract: Contract) -> dict[str, tuple[float | None, float | None]]:
    """What the contract allows of each number; a score is a probability."""
    found = {c.name: (c.min, c.max) for c in contract.columns if not c.is_text}
    return found | {SCORE: (0.0, 1.0)}


def look(records: pl.LazyFrame, fields: Entries, limits: Ranges, window: Window) -> Sketch:
    """Count the window's answers: refusals apart, and a record that was delivered twice once."""
    time, refused = pl.col("prediction_time"), pl.col("refused").fill_null(False)
    second = time.str.slice(0, 19)  # ISO 8601 in UTC sorts as text
    utc = time.str.ends_with("+00:00") | time.str.ends_with("Z")
    inside = utc.fill_null(False) & (second >= _iso(window.since)) & (second < _iso(window.until))
    mine = records.filter(
        pl.col("prediction_id").is_not_null() & (pl.col("model_package") == window.model_package)
    )
    answers = mine.filter(inside & ~refused).filter(pl.col("prediction_id").is_first_distinct())
    wrong = (
        pl.when(~utc.fill_null(False)).then(pl.lit("no time in UTC"))
        .when(second >= _iso(window.until + SLACK)).then(pl.lit("dated after this look"))
        .when(second < _iso(window.since - OLD)).then(pl.lit("dated days before they arrived"))
    )  # fmt: skip
    others = (
        mine.filter(refused | ~inside)
        .with_columns(wrong=wrong, refused=refused & inside)
        .filter(pl.col("refused") | pl.col("wrong").is_not_null())
        .group_by("refused", "wrong", "reason")
        .agg(rows=pl.col("prediction_id").n_unique())
    )
    rest, *counted = pl.collect_all([others, *_plans(answers, fields, limits)])
    sketch = _sketch(counted, fields)
    refusals, misdated = Counter[str](), Counter[str]()
    for row in rest.iter_rows(named=True):
        if row["wrong"] is not None:
            misdated[row["wrong"]] += row["rows"]
        else:
            refusals[row["reason"] or "no reason given"] += row["rows"]
    return Sketch(sketch.rows, sketch.fields, refusals, misdated)


def count(rows: pl.LazyFrame, fields: Entries, limits: Ranges) -> Sketch:
    """Every row of a table, by the bins of its fields."""
    return _sketch(pl.collect_all(_plans(rows, fields, limits), engine="streaming"), fields)


def _plans(rows: pl.LazyFrame, fields: Entries, limits: Ranges) -> list[pl.LazyFrame]:
    """All numbers' counts, then each text's values: one pass, for each reads its own columns."""
    wanted = [pl.len().alias("rows")]
    for name, entry in fields.items():
        if entry["kind"] == "numeric":
            counts = _counts(pl.col(name), entry["edges"], *limits.get(name, (None, None)))
            wanted += [e.alias(f"{name}/{i}") for i, e in enumerate(counts)]
    texts = (name for name, entry in fields.items() if entry["kind"] != "numeric")
    return [rows.select(wanted), *(rows.group_by(name).len("rows") for name in texts)]


def _counts(
    column: pl.Expr, edges: list[float], low: float | None, high: float | None
) -> list[pl.Expr]:
    """Missing and outside, then below each edge."""
    nan = column.is_nan().sum()  # for polars it is above every number
    below = (column < (-_LARGEST if low is None else low)).sum()
    above = (column > (_LARGEST if high is None else high)).sum() - nan
    return [column.null_count() + nan, below + above, *((column < edge).sum() for edge in edges)]


def _sketch(frames: list[pl.DataFrame], fields: Entries) -> Sketch:
    found, texts = frames[0].row(0, named=True), iter(frames[1:])
    tallies = {
        name: _numeric(name, len(entry["edges"]), found)
        if entry["kind"] == "numeric"
        else _category(entry["values"], dict(next(texts).iter_rows()))
        for name, entry in fields.items()
    }
    return Sketch(int(found["rows"]), tallies)


def _numeric(name: str, edges: int, found: Mapping[str, Any]) -> Tally:
    missing, outside, *below = (int(found[f"{name}/{i}"]) for i in range(edges + 2))
    steps = pairwise([0, *below, int(found["rows"]) - missing])
    return Tally((*(high - low for low, high in steps), missing), outside)


def _category(listed: Iterable[str], rows: dict[str | None, int]) -> Tally:
    missing = rows.pop(None, 0) + rows.pop("", 0)
    known = [rows.pop(value, 0) for value in listed]
    return Tally((*known, sum(rows.values()), missing))


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
