"""Prediction records against a baseline's bins, counted in one lazy pass of polars.

The questions are those of `functions.monitor.query`; a test holds its bins and those of
`penstock.bins` together.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import polars as pl
import polars.selectors as cs

from functions.monitor import query, texts
from functions.monitor.query import Entries, Ranges, Wanted, Window
from functions.monitor.sketch import Sketch
from functions.shared.files import HIVE
from penstock import text
from penstock.contract import Contract
from penstock.record import RECORD_FIELDS

SCORE = "score"
_OWN = ("prediction_id", "prediction_time", "model_package", SCORE, "refused", "reason")
Types = dict[str, pl.DataType]


def types(fields: Entries) -> Types:
    """The columns of a record that a look wants, and the types that the lake's table gives them."""
    own = {name: HIVE[RECORD_FIELDS[name]] for name in _OWN}
    kinds = {"numeric": HIVE["double"], "category": HIVE["string"], "text": HIVE["string"]}
    return {name: kinds[entry["kind"]] for name, entry in fields.items()} | own


def ranges(contract: Contract) -> dict[str, tuple[float | None, float | None]]:
    """What the contract allows of each number and of a text's; a score is a probability."""
    found = {c.name: (c.min, c.max) for c in contract.columns if not c.is_text}
    long = {text.field(c.name, text.CHARACTERS): (None, c.max_length)
            for c in contract.columns if c.max_length}  # fmt: skip
    return found | long | {SCORE: (0.0, 1.0)}


def answers(records: pl.LazyFrame, window: Window) -> tuple[pl.LazyFrame, pl.LazyFrame]:
    """The window's answers, each once though it was delivered twice; the others, counted by why."""
    mine = _ask(query.marked(window, "rows"), records)
    once = mine.filter(pl.sql_expr(query.ANSWERS)).filter(
        pl.col("prediction_id").is_first_distinct()
    )
    return once, _ask(query.others("rows"), mine)


def look(records: pl.LazyFrame, wanted: Wanted) -> Sketch:
    """Count the window's answers, and apart from them what was refused or has a wrong time."""
    once, rest = answers(records, wanted.window)
    fields = texts.tables(wanted.fields, wanted.texts)
    measured = texts.measured(once, wanted.texts)
    plans = [_counted(measured, fields, wanted.limits), rest, *texts.held(once, wanted.texts)]
    found, others, *held = pl.collect_all(plans, engine="streaming")
    return sketch(found.row(0), fields, others.iter_rows(named=True), _rows(held))


def count(rows: pl.LazyFrame, fields: Entries, limits: Ranges) -> Sketch:
    """Every row of a table, by the bins of its fields."""
    found = _counted(rows, fields, limits).collect(engine="streaming")
    return sketch(found.row(0), fields, ())


def sketch(
    numbers: Iterable[Any],
    fields: Entries,
    others: Iterable[Mapping[str, Any]],
    held: Iterable[Mapping[str, Any]] = (),
) -> Sketch:
    """The answers to `query.counts`, `query.others` and `texts.held`."""
    rows, tallies = query.tallies(numbers, fields)
    refused, misdated = Counter[str](), Counter[str]()
    for row in others:
        if row["wrong"] is None:
            refused[row["reason"] or "no reason given"] += int(row["rows"])
        else:
            misdated[row["wrong"]] += int(row["rows"])
    words: dict[str, Counter[str]] = defaultdict(Counter)
    for row in held:
        words[row["column"]][row["word"]] += int(row["rows"])
    return Sketch(rows, tallies, refused, misdated, dict(words))


def sample(records: pl.LazyFrame, wanted: Wanted, share: float) -> pl.DataFrame:
    """About a share of the window's answers."""
    once, _ = answers(records, wanted.window)
    return _ask(query.sample(wanted.sampled, share, "rows"), once).collect()


def _rows(frames: Sequence[pl.DataFrame]) -> Iterator[Mapping[str, Any]]:
    return (row for frame in frames for row in frame.iter_rows(named=True))


def _counted(rows: pl.LazyFrame, fields: Entries, limits: Ranges) -> pl.LazyFrame:
    plain = rows.with_columns(cs.float().fill_nan(None))  # for polars it is above every number
    # natively a quarter faster than by the SELECT of sums that Athena is asked
    sums = (pl.sql_expr(each).sum() for each in query.conditions(fields, limits))
    return plain.select(pl.len(), *(each.alias(f"n{i}") for i, each in enumerate(sums)))


def _ask(sql: str, rows: pl.LazyFrame) -> pl.LazyFrame:
    return pl.SQLContext(rows=rows).execute(sql)
