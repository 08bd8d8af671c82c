"""A part's rows out of its file, as the values that a request would have."""

import io
import json
from collections.abc import Mapping, Sequence
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
_NUMBER = (frozenset({int, float}), pl.Float64())
_JSON: dict[str, tuple[frozenset[type], pl.DataType]] = {
    "boolean": (frozenset({bool}), pl.Boolean()), "int": _NUMBER, "float": _NUMBER,
}  # fmt: skip


@dataclass(frozen=True)
class Cells:
    """A column's values [n]; `odd`: those that are of another type, by row; null stands there.

    `told` [n], where a request would have other words for them (1 is not 1.0).
    """

    values: pl.Series
    odd: Mapping[int, Any] = field(default_factory=dict)
    told: Sequence[Any] = ()

    def given(self, rows: list[int]) -> list[Any]:
        """The values of some rows, as a request would have them."""
        if self.told:
            return [self.told[i] for i in rows]
        found = self.values.gather(rows).to_list()
        return [self.odd.get(i, v) for i, v in zip(rows, found, strict=True)]


@dataclass(frozen=True)
class Rows:
    """`columns`: the contract's, each of `count` values; `broken`: rows that are none, and why.

    `row_ids`: text, "" where there is none.
    """

    count: int
    columns: dict[str, Cells]
    row_ids: pl.Series
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
    free = [c.name for c in contract.columns if c.type == "text"]
    frame = frame.with_columns(pl.exclude(SURPLUS, *free).str.strip_chars())
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


def _cells(frame: pl.DataFrame, column: Column) -> Cells:
    """Values, null for an empty cell; what says no value stays text, for the contract to name."""
    text, value = frame[column.name], frame.select(cells.typed(column)).to_series()
    unread = value.is_null() & (text != "").fill_null(False)
    odd = {i: text[i] for i in unread.arg_true().to_list()}
    return Cells(value.cast(pl.Boolean) if column.type == "boolean" else value, odd)


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
    columns = {c.name: _values_of([row.get(c.name) for row in rows], c) for c in contract.columns}
    return Rows(len(rows), columns, _texts([row.get(contract.row_id) for row in rows]), broken)


def _texts(ids: list[Any]) -> pl.Series:
    texts = ["" if id_ is None else str(id_) for id_ in ids]
    try:
        return pl.Series(texts, dtype=pl.String)
    except UnicodeEncodeError:  # JSON can say half a character
        return pl.Series([text.encode(errors="replace").decode() for text in texts])


def _values_of(given: list[Any], column: Column) -> Cells:
    """Of JSON's values those of the column's own type."""
    own, dtype = _JSON.get(column.type, (frozenset({str}), pl.String()))
    odd: dict[int, Any] = {}
    plain = given
    if not own | {type(None)} >= set(map(type, given)):
        odd = {i: v for i, v in enumerate(given) if v is not None and type(v) not in own}
        plain = [None if i in odd else v for i, v in enumerate(given)]
    try:
        return Cells(pl.Series(column.name, plain, dtype), odd, given)
    except (OverflowError, UnicodeEncodeError):  # beyond every float, or half a character
        nothing = pl.repeat(None, len(given), dtype=dtype, eager=True)
        return Cells(nothing, {i: v for i, v in enumerate(given) if v is not None}, given)


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
    columns = {c.name: Cells(_values(frame[c.name])) for c in contract.columns if c.name in kept}
    return Rows(frame.height, columns, _row_ids(frame, contract))


def footer(data: bytes) -> tuple[int, list[str]]:
    """(rows, column names) by a Parquet file's last bytes; PolarsError if they are no footer."""
    file = io.BytesIO(b"PAR1" + data)
    names = list(pl.read_parquet_schema(file))
    return int(pl.scan_parquet(file).select(pl.len()).collect().item()), names


def _values(series: pl.Series) -> pl.Series:
    if isinstance(series.dtype, pl.Categorical | pl.Enum):
        return series.cast(pl.String)
    return series.cast(pl.Float64) if series.dtype.is_decimal() else series


def _row_ids(frame: pl.DataFrame, contract: Contract) -> pl.Series:
    if contract.row_id not in frame.columns:
        return no_ids(frame.height)
    return frame[contract.row_id].cast(pl.String).fill_null("")


def no_ids(count: int) -> pl.Series:
    return pl.repeat("", count, dtype=pl.String, eager=True)


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
