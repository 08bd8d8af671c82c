"""A CSV file of rows to learn from: exactly the columns of the use case, in any order."""

import polars as pl

from functions.ingest.errors import HeaderRefused
from functions.shared import csv_text
from functions.shared.csv_text import EmptyFile

LINE = "reject_row"


def read(data: bytes, columns: list[str], *, where: str) -> pl.DataFrame:
    """Every column as text, plus LINE (1 = the header) and SURPLUS (a field beyond the header's).

    Blank lines are no rows. LINE counts records: it is the line of an editor unless a quoted
    value holds a line break.
    """
    header = csv_text.header(data, where=where)
    _check(header, columns, where)
    frame = csv_text.table(data, header, where=where).with_row_index(LINE, offset=2)
    frame = frame.filter(~pl.all_horizontal(pl.exclude(LINE).is_null()))
    if frame.is_empty():
        raise EmptyFile("a header and no rows", where=where, expected="at least one row")
    return frame


def _check(header: list[str], columns: list[str], where: str) -> None:
    wrong = [
        f"{what} {names}"
        for what, names in (
            ("missing", [c for c in columns if c not in header]),
            ("unknown", sorted({h for h in header if h not in columns})),
            ("twice", sorted({h for h in header if header.count(h) > 1})),
        )
        if names
    ]
    if wrong:
        raise HeaderRefused(
            "columns " + ", ".join(wrong), where=f"{where}, line 1", expected=f"exactly {columns}"
        )
