"""Truths and the records of answers -> labelled answers; what waits, and what never will be.

Each truth says of one answer what came of it and since when that is known. Of several about one
answer the one that became known last holds (of two at one moment, the positive). So what is
labelled is the largest of a set: files may come in any order, in pieces and twice, and two joins
at once may write, without a word between them.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import polars as pl

from functions.labels.truths import REASON, SLACK
from functions.shared import files, times
from penstock.contract import Contract
from penstock.record import glue_columns

# How long after a moment every record of it has arrived: until then the newest answer of a row is
# not known. Firehose holds a record back for a quarter of an hour.
SETTLED = timedelta(hours=1)
_OWN = ("prediction_id", "prediction_time", "model_package", "function_version", "row_id", "score")
_TOLD = ("prediction_id", "row_id", "outcome", "label_time", "source", "line")


@dataclass(frozen=True)
class Patience:
    """wait_days: of an id that has no record yet; back_days: before a row id's time."""

    wait_days: int
    back_days: int


@dataclass(frozen=True)
class Joined:
    """`labelled`: answers with their outcome; `waiting`: truths as they came; `lost`: truths of
    which nothing will come, with their REASON."""

    labelled: pl.DataFrame
    waiting: pl.DataFrame
    lost: pl.DataFrame


def record_types(contract: Contract) -> dict[str, pl.DataType]:
    """What is read of a record: some fields of its own, and the answer's inputs."""
    hive = glue_columns([(c.name, c.type, c.personal) for c in contract.columns])
    wanted = [*_OWN, "refused", *(c.name for c in contract.columns)]
    return {name: files.HIVE[hive[name]] for name in wanted}


def about(records: pl.LazyFrame, truths: pl.DataFrame) -> pl.DataFrame:
    """The answers that some truth may be about, each once: a record may be delivered twice."""
    ids, rows = truths["prediction_id"].drop_nulls(), truths["row_id"].drop_nulls()
    wanted = pl.col("prediction_id").is_in(ids.implode()) | pl.col("row_id").is_in(rows.implode())
    answered = pl.col("score").is_not_null() & ~pl.col("refused").fill_null(False)
    found = records.filter(answered & wanted.fill_null(False)).collect(engine="streaming")
    return found.drop("refused").unique("prediction_id", maintain_order=True)


def join(truths: pl.DataFrame, records: pl.DataFrame, patience: Patience, now: datetime) -> Joined:
    """records: what `about` found of these truths, of every day that `days` names."""
    told = records.with_columns(prediction_time=times.iso(times.utc(pl.col("prediction_time"))))
    by_id = truths.filter(pl.col("prediction_id").is_not_null())
    by_row = truths.filter(pl.col("prediction_id").is_null())
    ready = pl.col("as_of") < _iso(now - SETTLED)
    named = by_row.filter(ready).drop("prediction_id")
    named = _newest(named, told, patience)
    known = by_id.join(told.select("prediction_id", "prediction_time"), "prediction_id", "left")
    known = pl.concat([known, named.select(known.columns)])
    heard = pl.col("prediction_time").is_not_null()
    early = times.utc(pl.col("label_time")) + SLACK < times.utc(pl.col("prediction_time"))
    day = pl.col("prediction_id").str.slice(0, 8)
    given_up = day.is_null() | (day < f"{now - timedelta(days=patience.wait_days):%Y%m%d}")
    good = known.filter(heard & ~early)
    return Joined(
        labelled=_labelled(good, told),
        waiting=pl.concat(
            [known.filter(~heard & ~given_up).select(truths.columns), by_row.filter(~ready)]
        ),
        lost=pl.concat(
            [
                _because(known.filter(heard & early), "the label is older than the answer"),
                _because(known.filter(~heard & given_up), "no record of such an answer"),
            ]
        ),
    )


def days(truths: pl.DataFrame, patience: Patience, now: datetime) -> list[str]:
    """The days of arrival (yyyy/mm/dd) whose records may be what the truths are about.

    An id begins with its answer's day; a record arrives on that day or on the next.
    """
    named = truths["prediction_id"].drop_nulls().str.slice(0, 8).unique().str.to_date("%Y%m%d")
    found = {day + timedelta(days=later) for day in named for later in (0, 1)}
    times_ = truths.filter(
        pl.col("prediction_id").is_null() & (pl.col("as_of") < _iso(now - SETTLED))
    )["as_of"]
    if not times_.is_empty():
        ends = [datetime.fromisoformat(str(end)).date() for end in (times_.min(), times_.max())]
        day = ends[0] - timedelta(days=patience.back_days)
        while day <= ends[1] + timedelta(days=1):
            found.add(day)
            day += timedelta(days=1)
    return [f"{day:%Y/%m/%d}" for day in sorted(found) if day <= now.date()]


def largest(rows: pl.DataFrame) -> pl.DataFrame:
    """One row an answer, the one that became known last; in the order of the answers."""
    order = ["prediction_time", "prediction_id", "label_time", "outcome"]
    return rows.sort(order).unique("prediction_id", keep="last", maintain_order=True)


def _newest(truths: pl.DataFrame, records: pl.DataFrame, patience: Patience) -> pl.DataFrame:
    """Each truth by row id with the newest answer about that row at its time, if there is one."""
    order = ["prediction_time", "prediction_id"]
    answers = records.select("row_id", *order).filter(pl.col("row_id").is_not_null()).sort(order)
    moment = times.utc(pl.col("as_of"))
    oldest = times.iso(moment - pl.duration(days=patience.back_days))
    paired = (
        truths.with_row_index("nth")
        .join(answers, "row_id", "left")
        .filter(
            (pl.col("prediction_time") <= pl.col("as_of")) & (pl.col("prediction_time") >= oldest)
        )
        .sort(order)
        .unique("nth", keep="last")
        .select("nth", *order)
    )
    return truths.with_row_index("nth").join(paired, "nth", "left").drop("nth")


def _labelled(truths: pl.DataFrame, records: pl.DataFrame) -> pl.DataFrame:
    said = truths.select("prediction_id", "label_time", "outcome")
    joined = said.join(records, "prediction_id").rename({"function_version": "version"})
    first = ["prediction_id", "prediction_time", "label_time", "model_package", "version",
             "row_id", "score", "outcome"]  # fmt: skip
    return largest(joined.select(*first, pl.exclude(first)))


def _because(truths: pl.DataFrame, reason: str) -> pl.DataFrame:
    return truths.select(*_TOLD, pl.lit(reason).alias(REASON))


def _iso(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}+00:00"
