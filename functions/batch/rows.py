"""A part's rows out of its file, as the values that a request would have."""

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
from polars.exceptions import PolarsError

from functions.batch import lines
from functions.shared import cells, csv_text
from functions.shared.csv_text import SURPLUS, UnreadableFile
from penstock.contract import Column, Contract
from penstock.errors import ContractError, Violation, shown

Broken = dict[int, list[Violation]]
_DAMAGED = "�"


@dataclass(frozen=True)
class Rows:
    """`columns`: the contract's, each of `count` values; `broken`: rows that are none, and why."""

    count: int
    columns: dict[str, list[Any]]
    row_ids: list[str]
    broken: Broken = field(default_factory=dict)


def of_csv(data: bytes, names: Sequence[str], contract: Contract, *, where: str) -> Rows:
    """Records without a header; a cell means what it means to ingest."""
    if damaged := not _is_utf8(data):
        data = data.decode(errors="replace").encode()
    kept = lines.records(data, quoted=True)
    frame = csv_text.table(b"\n".join(kept) + b"\n", names, where=where, has_header=False)
    if frame.height != len(kept):
        raise UnreadableFile(
            f"{len(kept)} records were read as {frame.height}",
            where=where,
            expected="quotes only around whole values, doubled inside them (RFC 4180)",
        )
    frame = frame.with_columns(pl.exclude(SURPLUS).str.strip_chars())
    broken = {
        i: [Violation(i, "line", "no more fields than the header has", shown(value))]
        for i, value in enumerate(frame[SURPLUS].to_list())
        if value is not None
    }
    if damaged:
        marks = pl.any_horizontal(pl.all().str.contains(_DAMAGED, literal=True).fill_null(False))
        for i in frame.select(marks).to_series().arg_true().to_list():
            broken[i] = [Violation(i, "line", "text in UTF-8", "other bytes")]
    known = {c.name: _cells(frame, c) for c in contract.columns if c.name in frame.columns}
    return Rows(frame.height, known, _row_ids(frame, contract), broken)


def _cells(frame: pl.DataFrame, column: Column) -> list[Any]:
    """Values, null for an empty cell; what says no value stays text, for the contract to name."""
    text, value = frame[column.name], frame.select(cells.typed(column)).to_series()
    values = (value.cast(pl.Boolean) if column.type == "boolean" else value).to_list()
    unread = value.is_null() & (text != "").fill_null(False)
    for i in unread.arg_true().to_list():
        values[i] = text[i]
    return values


def of_jsonl(data: bytes, contract: Contract) -> Rows:
    """An object a line; a line that is none, or has an unknown field, is a broken row."""
    names = [c.name for c in contract.columns]
    known, broken = {*names, contract.row_id}, Broken()
    rows: list[dict[str, Any]] = []
    for i, line in enumerate(lines.records(data.removeprefix(csv_text.BOM), quoted=False)):
        try:
            row = json.loads(line)
            if not isinstance(row, dict) or not row.keys() <= known:
                contract.parse([row])  # which names what is wrong with it
            rows.append(row)
        except ContractError as error:
            broken[i] = [Violation(i, v.field, v.expected, v.got) for v in error.violations]
            rows.append({})
        except (ValueError, RecursionError) as error:  # not UTF-8 is a ValueError too
            broken[i] = [Violation(i, "line", "a JSON object", type(error).__name__)]
            rows.append({})
    columns = {name: [row.get(name) for row in rows] for name in names}
    ids = [row.get(contract.row_id) for row in rows]
    return Rows(len(rows), columns, ["" if id_ is None else str(id_) for id_ in ids], broken)


def of_parquet(path: Path, first: int, count: int, contract: Contract, *, where: str) -> Rows:
    """`count` rows from the row `first` on."""
    wanted = {c.name for c in contract.columns} | {contract.row_id}
    try:
        found = pl.scan_parquet(path)
        kept = [name for name in found.collect_schema().names() if name in wanted]
        frame = found.select(kept).slice(first, count).collect()
    except PolarsError as error:
        said = str(error).splitlines()[0]
        raise UnreadableFile(said, where=where, expected="a whole Parquet file") from None
    columns = {c.name: _values(frame[c.name]) for c in contract.columns if c.name in kept}
    return Rows(frame.height, columns, _row_ids(frame, contract))


def footer(data: bytes) -> tuple[int, list[str]]:
    """(rows, column names) by a Parquet file's last bytes; PolarsError if they are no footer."""
    file = io.BytesIO(b"PAR1" + data)
    names = list(pl.read_parquet_schema(file))
    return int(pl.scan_parquet(file).select(pl.len()).collect().item()), names


def _values(series: pl.Series) -> list[Any]:
    if isinstance(series.dtype, pl.Categorical | pl.Enum):
        return series.cast(pl.String).to_list()
    return series.cast(pl.Float64).to_list() if series.dtype.is_decimal() else series.to_list()


def _row_ids(frame: pl.DataFrame, contract: Contract) -> list[str]:
    if contract.row_id not in frame.columns:
        return [""] * frame.height
    return frame[contract.row_id].cast(pl.String).fill_null("").to_list()


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
