"""What a look asks of prediction records, as SQL: polars answers it in the Lambda, Athena beyond.

One pass of sums costs about what reading the file does. Every number is a double literal (1.5e0)
and every name is quoted, which Trino, DuckDB and polars read alike. What they do not agree on is
left to whoever asks: NaN (it must be null already), and which of two records of one id is taken.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from functions.monitor.sketch import Tally

SLACK, OLD = timedelta(minutes=5), timedelta(days=2)
LARGEST = 1.7976931348623157e308
Entries = Mapping[str, Mapping[str, Any]]
Ranges = Mapping[str, tuple[float | None, float | None]]


@dataclass(frozen=True)
class Window:
    """The champion's answers in [since, until)."""

    model_package: str
    since: datetime
    until: datetime


@dataclass(frozen=True)
class Wanted:
    """Tables to count by, what the contract allows, and columns of which some rows are wanted.

    texts: the tables of text columns, by column (`functions.monitor.texts`).
    """

    fields: Entries
    limits: Ranges
    window: Window
    sampled: tuple[str, ...] = ()
    texts: Entries = field(default_factory=dict)


def marked(window: Window, table: str) -> str:
    """The champion's records, each with `inside` (the window) and `wrong` (with its time)."""
    second = 'SUBSTR("prediction_time", 1, 19)'  # ISO 8601 in UTC sorts as text
    utc = "COALESCE(\"prediction_time\" LIKE '%+00:00' OR \"prediction_time\" LIKE '%Z', FALSE)"
    return (
        f"SELECT *, {utc} AND {second} >= {_time(window.since)} AND {second} < "
        f'{_time(window.until)} AS "inside", '
        f"CASE WHEN NOT {utc} THEN 'no time in UTC' "
        f"WHEN {second} >= {_time(window.until + SLACK)} THEN 'dated after this look' "
        f"WHEN {second} < {_time(window.since - OLD)} THEN 'dated days before they arrived' "
        f'END AS "wrong" FROM {table} '
        f'WHERE "prediction_id" IS NOT NULL AND "model_package" = {literal(window.model_package)}'
    )


def others(table: str) -> str:
    """Of marked records those that are no answers, by why; each id once."""
    refused = 'COALESCE("refused", FALSE) AND "inside"'
    return (
        f'SELECT {refused} AS "refused", "wrong", "reason", '
        f'COUNT(DISTINCT "prediction_id") AS "rows" FROM {table} '
        f'WHERE ({refused}) OR (NOT "inside" AND "wrong" IS NOT NULL) GROUP BY 1, 2, 3'
    )


ANSWERS = 'NOT COALESCE("refused", FALSE) AND "inside"'


def counts(fields: Entries, limits: Ranges, table: str) -> str:
    """One row of whole numbers, which `tallies` reads."""
    sums = (f"SUM(CASE WHEN {each} THEN 1 ELSE 0 END)" for each in conditions(fields, limits))
    named = (f'{each} AS "n{i}"' for i, each in enumerate(["COUNT(*)", *sums]))
    return f"SELECT {', '.join(named)} FROM {table}"


def tallies(numbers: Iterable[Any], fields: Entries) -> tuple[int, dict[str, Tally]]:
    """The rows and every field's bins, in the order of `penstock.bins`."""
    found = (int(number or 0) for number in numbers)  # a sum over no row is null
    rows = next(found)
    return rows, {name: _tally(rows, entry, found) for name, entry in fields.items()}


def sample(names: Sequence[str], share: float, table: str) -> str:
    """About a share of the answers, by what is random in their ids: the same rows each time."""
    found = f"SELECT {', '.join(map(identifier, names))} FROM {table}"
    if share >= 1:
        return found
    most = literal(f"{int(share * 16**6):06x}")  # after the date and its dash
    return f'{found} WHERE SUBSTR("prediction_id", 10, 6) < {most}'


def conditions(fields: Entries, limits: Ranges) -> Iterator[str]:
    """Which rows each number of `counts` counts; before them is how many rows there are."""
    for name, entry in fields.items():
        column = identifier(name)
        yield f"{column} IS NOT NULL"
        if entry["kind"] == "numeric":
            low, high = limits.get(name, (None, None))
            low, high = -LARGEST if low is None else low, LARGEST if high is None else high
            yield f"{column} < {_number(low)} OR {column} > {_number(high)}"
            yield from (f"{column} < {_number(edge)}" for edge in entry["edges"])
        else:
            yield from (f"{column} = {literal(value)}" for value in ("", *entry["values"]))


def _tally(rows: int, entry: Mapping[str, Any], found: Iterator[int]) -> Tally:
    present, first = next(found), next(found)
    if entry["kind"] == "numeric":
        below = [next(found) for _ in entry["edges"]]
        steps = pairwise([0, *below, present])
        missing = 0 if entry.get("of_present") else rows - present
        return Tally((*(high - low for low, high in steps), missing), first)
    present -= first  # a category that is empty is missing
    listed = [next(found) for _ in entry["values"]]
    return Tally((*listed, present - sum(listed), rows - present))


def identifier(column: str) -> str:
    return f'"{column}"'


def _number(value: float) -> str:
    text = repr(float(value))
    return text if "e" in text else f"{text}e0"


def literal(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _time(at: datetime) -> str:
    return literal(at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S"))
