"""A CSV file as columns of text: what a value means is for the rules to say, not for a reader."""

import csv
import io
import re

import polars as pl
from polars.exceptions import PolarsError

from functions.ingest.errors import EmptyFile, HeaderRefused, UnreadableFile

LINE = "reject_row"
SURPLUS = "__surplus"
_BOM = b"\xef\xbb\xbf"


def read(data: bytes, columns: list[str], *, where: str) -> pl.DataFrame:
    """Every column as text, plus LINE (1 = the header) and SURPLUS (a field beyond the header's).

    Blank lines are no rows. LINE counts records: it is the line of an editor unless a quoted
    value holds a line break.
    """
    data = data.removeprefix(_BOM)
    header = _header(data, where)
    _check(header, columns, where)
    try:
        frame = pl.read_csv(
            data,
            schema=dict.fromkeys([*header, SURPLUS], pl.String),
            missing_columns="insert",  # SURPLUS, and the tail of a line that is too short
            truncate_ragged_lines=True,
            row_index_name=LINE,
            row_index_offset=2,
        )
    except PolarsError as error:
        # without the value itself: it may be personal, and this goes into logs
        said = re.sub(r"`[^`]*`", "a value", str(error).split("You might")[0])
        reason = " ".join(said.split())[:200]
        raise UnreadableFile(reason, where=where, expected="a CSV file in UTF-8") from None
    frame = frame.filter(~pl.all_horizontal(pl.exclude(LINE).is_null()))
    if frame.is_empty():
        raise EmptyFile("a header and no rows", where=where, expected="at least one row")
    return frame


def _header(data: bytes, where: str) -> list[str]:
    first = data.split(b"\n", 1)[0]
    if not data.strip():
        raise EmptyFile("an empty file", where=where, expected="a header and at least one row")
    try:
        return next(csv.reader(io.StringIO(first.decode().strip("\r"), newline="")), [])
    except (UnicodeDecodeError, csv.Error) as error:
        raise UnreadableFile(str(error), where=where, expected="a CSV file in UTF-8") from None


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
