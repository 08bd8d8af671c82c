"""A CSV file as columns of text: what a value means is for the rules to say, not for a reader."""

import csv
import io
import re
from collections.abc import Sequence

import polars as pl
from polars.exceptions import PolarsError

from penstock.errors import PenstockError

SURPLUS = "__surplus"
BOM = b"\xef\xbb\xbf"
_EXPECTED = "a CSV file in UTF-8"


class UnreadableFile(PenstockError):
    """Not UTF-8, or not of its format."""


class EmptyFile(PenstockError):
    """No rows."""


def header(data: bytes, *, where: str) -> list[str]:
    """The names in the first line of a file, or of its beginning."""
    data = data.removeprefix(BOM)
    first = data.split(b"\n", 1)[0]
    if not data.strip():
        raise EmptyFile("an empty file", where=where, expected="a header and at least one row")
    try:
        return next(csv.reader(io.StringIO(first.decode().strip("\r"), newline="")), [])
    except (UnicodeDecodeError, csv.Error) as error:
        raise UnreadableFile(str(error), where=where, expected=_EXPECTED) from None


def table(
    data: bytes, names: Sequence[str], *, where: str, has_header: bool = True
) -> pl.DataFrame:
    """Every record as text, in columns of these names, plus SURPLUS (a field beyond them).

    A blank line is a record without a value.
    """
    try:
        return pl.read_csv(
            data.removeprefix(BOM),
            has_header=has_header,
            schema=dict.fromkeys([*names, SURPLUS], pl.String),
            missing_columns="insert",  # SURPLUS, and the tail of a line that is too short
            truncate_ragged_lines=True,
        )
    except PolarsError as error:
        # without the value itself: it may be personal, and this goes into logs
        said = re.sub(r"`[^`]*`", "a value", str(error).split("You might")[0])
        reason = " ".join(said.split())[:200]
        raise UnreadableFile(reason, where=where, expected=_EXPECTED) from None
