"""Rows of a file -> truths: whose they are, which, and when they became known; or a reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import polars as pl

from functions.labels.errors import LabelsRefused
from functions.labels.read import BROKEN, LINE
from functions.shared import times
from penstock.contract import Contract

REASON = "reject_reason"
SLACK = timedelta(minutes=5)  # clocks differ
# label_time and as_of are texts of one length (functions.shared.times.iso): they sort as times do.
SCHEMA: dict[str, pl.DataType] = {
    "prediction_id": pl.String(),
    "row_id": pl.String(),
    "outcome": pl.Int8(),
    "label_time": pl.String(),
    "as_of": pl.String(),
    "source": pl.String(),
    "line": pl.UInt32(),
}
_TIME = pl.Datetime("us", "UTC")
_NOTHING = pl.lit(None, pl.String)
_ID = r"^\d{8}-[0-9a-f]{8,64}$"


@dataclass(frozen=True)
class File:
    """A file of labels: the beginning of its hash, and when it came (UTC)."""

    source: str
    arrived: datetime


@dataclass(frozen=True)
class Judged:
    """`good`: SCHEMA; `bad`: the known columns as they came, LINE and REASON.

    ignored: columns that say nothing here.
    """

    good: pl.DataFrame
    bad: pl.DataFrame
    ignored: list[str]

    @property
    def reasons(self) -> dict[str, int]:
        """Rows by what was expected of them."""
        kinds = self.bad[REASON].str.split(": got ").list.first()
        return dict(kinds.value_counts(sort=True).iter_rows())


def judge(
    rows: pl.DataFrame, contract: Contract, event_time: str | None, file: File, *, where: str
) -> Judged:
    """A row says whose label it is by prediction_id, or by row id: then the answer is meant that
    was the newest at the row's event time, or else at its label_time, or else when it came.

    The row id may go by its contract's name or by `row_id`, the event time likewise.
    """
    target = contract.target
    known = {
        "prediction_id": _first(rows, "prediction_id"),
        "row_id": _first(rows, contract.row_id, "row_id"),
        "event_time": _first(rows, *([event_time] if event_time else []), "event_time"),
        "label_time": _first(rows, "label_time"),
        target.column: _first(rows, target.column),
    }
    if known[target.column] is None or not (known["prediction_id"] or known["row_id"]):
        raise LabelsRefused(
            f"columns {[c for c in rows.columns if c not in (LINE, BROKEN)]}",
            where=where,
            expected=f"{target.column}, and prediction_id or {contract.row_id}",
        )
    own = [name for name in known.values() if name]
    texts = {
        name: pl.when(pl.col(column) != "").then(pl.col(column)) if column else _NOTHING
        for name, column in known.items()
    }
    judged = rows.with_columns(_values(texts, contract, file)).with_columns(
        _reason(texts, contract, file)
    )
    good = judged.filter(pl.col(REASON).is_null()).select(
        prediction_id=texts["prediction_id"],
        row_id=pl.when(texts["prediction_id"].is_null()).then(texts["row_id"]),
        outcome=pl.col("outcome="),
        label_time=times.iso(pl.col("label=")),
        as_of=times.iso(pl.col("as_of=")),
        source=pl.lit(file.source),
        line=pl.col(LINE),
    )
    bad = judged.filter(pl.col(REASON).is_not_null()).select(*own, LINE, REASON)
    ignored = [c for c in rows.columns if c not in (*own, LINE, BROKEN)]
    return Judged(good.cast(SCHEMA), bad, ignored)  # type: ignore[arg-type]


def _first(rows: pl.DataFrame, *names: str) -> str | None:
    return next((name for name in names if name in rows.columns), None)


def _values(texts: dict[str, pl.Expr], contract: Contract, file: File) -> Sequence[pl.Expr]:
    """The outcome, when the label became known, and the time whose newest answer is meant."""
    rule, arrived = contract.target, pl.lit(file.arrived.astimezone(UTC)).cast(_TIME)
    outcome = texts[rule.column].replace_strict(
        {rule.positive: 1, rule.negative: 0}, default=None, return_dtype=pl.Int8
    )
    labelled = _not_after(times.utc(texts["label_time"]), texts["label_time"], arrived)
    happened = _not_after(times.utc(texts["event_time"]), texts["event_time"], arrived)
    return [
        outcome.alias("outcome="),
        pl.when(texts["label_time"].is_null()).then(arrived).otherwise(labelled).alias("label="),
        pl.coalesce(happened, labelled, arrived).alias("as_of="),
    ]


def _not_after(time: pl.Expr, text: pl.Expr, arrived: pl.Expr) -> pl.Expr:
    """The day on which a file came is not over yet: of it a bare date says the file's time."""
    bare = (text.str.len_chars() == 10) & (time.dt.date() == arrived.dt.date())
    return pl.when(bare).then(arrived).otherwise(time)


def _reason(texts: dict[str, pl.Expr], contract: Contract, file: File) -> pl.Expr:
    """'field: expected ...: got ...', or null; the first rule that is broken."""
    rule, latest = contract.target, pl.lit(file.arrived.astimezone(UTC) + SLACK).cast(_TIME)
    who = texts["prediction_id"]
    checks = [
        ("row", "columns and their values", pl.col(BROKEN).is_not_null(), pl.col(BROKEN)),
        ("prediction_id", f"an id, or a {contract.row_id}",
         who.is_null() & texts["row_id"].is_null(), who),
        ("prediction_id", "an id as an answer has it (yyyymmdd-hex)",
         (who.is_not_null() & ~(who.str.contains(_ID)
          & who.str.slice(0, 8).str.to_date("%Y%m%d", strict=False).is_not_null())), who),
        ("prediction_id", "an id of a day that has been",
         who.str.slice(0, 8) > f"{file.arrived.astimezone(UTC) + SLACK:%Y%m%d}", who),
        (rule.column, f"{rule.positive!r} or {rule.negative!r}",
         pl.col("outcome=").is_null(), texts[rule.column]),
    ]  # fmt: skip
    for name, slot in (("label_time", "label="), ("event_time", "as_of=")):
        unread = texts[name].is_not_null() & times.utc(texts[name]).is_null()
        checks.append((name, times.EXPECTED, unread, texts[name]))
        future = pl.col(slot) > latest
        checks.append((name, "not after the file came", future, texts[name]))
    reason: pl.Expr = _NOTHING
    for field, expected, broken, text in reversed(checks):
        got = pl.concat_str(pl.lit("'"), text.str.slice(0, 80), pl.lit("'")).fill_null("nothing")
        words = pl.format("{}: expected {}: got {}", pl.lit(field), pl.lit(expected), got)
        reason = pl.when(broken.fill_null(False)).then(words).otherwise(reason)
    return reason.alias(REASON)
