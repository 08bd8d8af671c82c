"""The window's records, counted by Athena: what `functions.monitor.reading` is to polars.

Nothing is said of files here: Athena fails at one that it cannot read, and the look with it. The
records came as JSON, which has no NaN.
"""

from collections.abc import Callable
from datetime import datetime

import polars as pl

from functions.monitor import query, scan, texts
from functions.monitor.query import Wanted
from functions.monitor.reading import Reading, share, wrong
from functions.shared.lake import MARGIN

Ask = Callable[[str], pl.DataFrame]
TABLE = "{table}"  # whoever asks puts in the lake's table


def read(ask: Ask, wanted: Wanted) -> Reading:
    """`ask`: a statement, in which TABLE stands for the table -> its answer, all of it text."""
    fields, answers = texts.tables(wanted.fields, wanted.texts), _answers(wanted)
    measured = f"({texts.measured_sql(wanted.texts, 'answers')}) AS measured"
    found = ask(f"{answers} {query.counts(fields, wanted.limits, measured)}")
    others = ask(f"{_marked(wanted)} {query.others('mine')}")
    words = texts.held_sql(wanted.texts, "answers")
    held = ask(f"{answers} {words}").iter_rows(named=True) if words else ()
    sketch = scan.sketch(found.row(0), fields, others.iter_rows(named=True), held)
    sample = pl.DataFrame()
    if wanted.sampled and sketch.rows:
        asked = f"{answers} {query.sample(wanted.sampled, share(sketch.rows), 'answers')}"
        types = scan.types({**wanted.fields, **wanted.texts})
        sample = ask(asked).cast({name: types[name] for name in wanted.sampled})
    return Reading(sketch, wrong(sketch, wanted.limits), sample, records=True)


def _marked(wanted: Wanted) -> str:
    """Partitions are hours of arrival, which is later than the prediction, or a clock is wrong."""
    since = _partition(wanted.window.since - MARGIN)
    arrived = f"(SELECT * FROM {TABLE} WHERE \"arrived\" >= '{since}') AS arrived_since"
    return f"WITH mine AS ({query.marked(wanted.window, arrived)})"


def _answers(wanted: Wanted) -> str:
    """Each once, though it was delivered twice."""
    numbered = (
        'SELECT *, ROW_NUMBER() OVER (PARTITION BY "prediction_id" ORDER BY "prediction_time") '
        f"AS nth FROM mine WHERE {query.ANSWERS}"
    )
    return f"{_marked(wanted)}, answers AS (SELECT * FROM ({numbered}) AS numbered WHERE nth = 1)"


def _partition(at: datetime) -> str:
    return f"{at:%Y/%m/%d/%H}"
