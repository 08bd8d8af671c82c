"""A channel's Parquet as the contract's columns and a target of 0 and 1."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from penstock.contract import MISSING_TEXT, Column, Columns, Contract
from training.errors import TrainingError

Target = npt.NDArray[np.int64]  # [n] of 0 and 1


@dataclass(frozen=True)
class Table:
    """Columns as Contract.parse gives them, and the target."""

    columns: Columns
    target: Target


def read(channel: Path, contract: Contract) -> Table:
    """Every Parquet file of a channel; TrainingError names the column that is not as agreed."""
    files = sorted(channel.rglob("*.parquet"))
    if not files:
        raise TrainingError(
            "no Parquet file", where=f"channel {channel.name}", expected="*.parquet"
        )
    wanted = [c.name for c in contract.columns] + [contract.target.column]
    rows = pa.concat_tables([_select(file, wanted, channel.name) for file in files])
    columns = {c.name: _values(rows[c.name], c, channel.name) for c in contract.columns}
    return Table(columns, _target(rows[contract.target.column], contract, channel.name))


def _select(file: Path, wanted: list[str], channel: str) -> Any:
    try:
        table = pq.read_table(file)
    except (pa.ArrowException, OSError) as error:
        raise TrainingError(
            f"not read: {error}", where=f"channel {channel}, {file.name}", expected="Parquet"
        ) from error
    absent = [name for name in wanted if name not in table.column_names]
    if absent:
        raise TrainingError(
            f"missing columns {', '.join(absent)}",
            where=f"channel {channel}, {file.name}",
            expected="every column of the contract, and the target",
        )
    return table.select(wanted)


def _values(arrow: Any, column: Column, channel: str) -> npt.NDArray[Any]:
    where = f"channel {channel}, column {column.name}"
    try:
        if column.is_text:
            texts = arrow.cast(pa.string()).fill_null(MISSING_TEXT)
            return np.array(texts.to_pylist(), dtype=object)
        numbers: npt.NDArray[Any] = arrow.cast(pa.float64()).to_numpy()
    except pa.ArrowException as error:
        raise TrainingError(
            f"type {arrow.type}: {error}".splitlines()[0], where=where, expected=column.expected
        ) from error
    infinite = np.flatnonzero(np.isinf(numbers))
    if len(infinite):
        raise TrainingError(
            f"an infinite value in row {infinite[0]}", where=where, expected=column.expected
        )
    return np.array(numbers)  # writable, and [n] even of no row


def _target(arrow: Any, contract: Contract, channel: str) -> Target:
    rule = contract.target
    values = arrow.to_pylist()
    where = f"channel {channel}, target {rule.column}"
    expected = f"{rule.positive!r} and {rule.negative!r}, both of them"
    strangers = set(values) - {rule.positive, rule.negative}
    if strangers:
        raise TrainingError(
            f"values {sorted(map(repr, strangers))[:5]}", where=where, expected=expected
        )
    if len(set(values)) < 2:
        only = repr(values[0]) if values else "no row"
        raise TrainingError(
            f"one class only: {only} in all {len(values)} rows", where=where, expected=expected
        )
    return np.array([value == rule.positive for value in values], dtype=np.int64)
