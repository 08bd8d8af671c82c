"""A file of labels, CSV, Parquet or JSON lines, as columns of text; its rows are judged later."""

import io
import json
from collections.abc import Sequence
from typing import Any

import polars as pl
from polars.exceptions import PolarsError

from functions.labels.errors import NoLabels
from functions.shared import csv_text, times
from functions.shared.csv_text import UnreadableFile

LINE, BROKEN = "line", "broken"
_PARQUET = b"PAR1"


def read(data: bytes, *, where: str) -> pl.DataFrame:
    """Its own columns as text, LINE (of the file, Parquet from 1) and BROKEN (a line that is no
    row: what it begins with). What the format is, its first bytes say, not its name."""
    if data.startswith(_PARQUET):
        frame = _parquet(data, where)
    elif data.lstrip()[:1] == b"{":
        frame = _json_lines(data)
    else:
        frame = _csv(data, where)
    if frame.is_empty():
        raise NoLabels("no rows", where=where, expected="at least one label")
    own = [name for name in frame.columns if name not in (LINE, BROKEN)]
    return frame.with_columns(pl.col(own).str.strip_chars())


def _csv(data: bytes, where: str) -> pl.DataFrame:
    header = csv_text.header(data, where=where)
    names = _unlike(header)
    frame = csv_text.table(data, names, where=where).with_row_index(LINE, offset=2)
    frame = frame.filter(~pl.all_horizontal(pl.exclude(LINE).is_null()))
    return frame.rename({csv_text.SURPLUS: BROKEN})


def _unlike(header: Sequence[str]) -> list[str]:
    """A name that comes twice is known once: its first column."""
    return [name if header.index(name) == i else f"{name} ({i})" for i, name in enumerate(header)]


def _parquet(data: bytes, where: str) -> pl.DataFrame:
    try:
        frame = pl.read_parquet(io.BytesIO(data))
    except PolarsError as error:
        reason = str(error).splitlines()[0][:200]
        raise UnreadableFile(reason, where=where, expected="a Parquet file") from None
    texts = [_as_text(name, type_) for name, type_ in frame.schema.items()]
    none = pl.lit(None, pl.String).alias(BROKEN)
    return frame.select(*texts, none).with_row_index(LINE, offset=1)


def _as_text(name: str, type_: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if isinstance(type_, pl.Datetime):
        aware = column.dt.convert_time_zone("UTC") if type_.time_zone else column
        return times.iso(aware).alias(name)
    if type_.is_nested():
        return pl.lit(None, pl.String).alias(name)
    return column.cast(pl.String, strict=False)


def _json_lines(data: bytes) -> pl.DataFrame:
    rows: list[dict[str, Any]] = []
    for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), start=1):
        if line.strip():
            rows.append({**_row(line), LINE: number})
    names = dict.fromkeys(name for row in rows for name in row)
    schema = dict.fromkeys([*names, BROKEN], pl.String()) | {LINE: pl.UInt32()}
    return pl.DataFrame(rows, schema=schema)


def _row(line: str) -> dict[str, str | None]:
    try:
        row = json.loads(line)
    except ValueError:
        return {BROKEN: line[:80]}
    if not isinstance(row, dict):
        return {BROKEN: line[:80]}
    return {
        name: value if value is None or isinstance(value, str) else json.dumps(value)
        for name, value in row.items()
    }
