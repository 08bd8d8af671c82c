"""Rows that keep the contract and rows that do not, each of those with its reasons."""

import io
from dataclasses import dataclass

import polars as pl

from functions.ingest import rules
from functions.ingest.read import LINE, read
from functions.ingest.rules import Rule
from functions.shared.csv_text import SURPLUS
from penstock.contract import Contract

REASON = "reject_reason"
_ONCE = "each id once in a file"
_SURPLUS_EXPECTED = "no more fields than the header has"
_KEPT, _FIRST, _AGAIN = "kept=", "first=", "again="


@dataclass(frozen=True)
class Verdict:
    """`accepted`: typed columns; `rejected`: the text as it came, LINE and REASON."""

    accepted: pl.DataFrame
    rejected: pl.DataFrame
    reasons: dict[str, int]

    @property
    def rows_read(self) -> int:
        return self.accepted.height + self.rejected.height


def validate(data: bytes, contract: Contract, event_time: str | None, *, where: str) -> Verdict:
    """Judge every row of a CSV file in one lazy pass; reasons are made for the rejected only.

    A row may break several rules and says all of them. Of rows with one id the first that keeps
    every other rule is accepted. Raises UnreadableFile, EmptyFile, HeaderRefused.
    """
    every = _rules(contract, event_time)
    names = [rule.field for rule in every]
    raw = read(data, names, where=where)
    kept = pl.all_horizontal(*(~rule.broken for rule in every), pl.col(SURPLUS).is_null())
    id_of_kept = pl.when(_KEPT).then(rules.row_id(contract.row_id).slot)
    judged = (
        rules.typed(raw.lazy(), every)
        .select(*(rule.slot for rule in every), kept.alias(_KEPT))
        .with_columns(id_of_kept.is_first_distinct().alias(_FIRST))
        .collect()
    )
    good = judged[_KEPT] & judged[_FIRST]
    accepted = judged.filter(good).select(pl.col(rule.slot).alias(rule.field) for rule in every)
    bad = raw.with_columns((judged[_KEPT] & ~judged[_FIRST]).alias(_AGAIN)).filter(~good)
    told = rules.typed(bad.lazy(), every).select(_reason(every, contract.row_id)).collect()
    rejected = bad.select(*names, LINE).with_columns(told.to_series().alias(REASON))
    return Verdict(accepted, rejected, _count(bad, every, contract.row_id))


def _rules(contract: Contract, event_time: str | None) -> list[Rule]:
    return [
        rules.row_id(contract.row_id),
        *([rules.event_time(event_time)] if event_time else []),
        *(rules.column(column) for column in contract.columns),
        rules.target(contract.target),
    ]


def _reason(every: list[Rule], row_id: str) -> pl.Expr:
    again = pl.format("{}: got '{}' again, expected {}", pl.lit(row_id), row_id, pl.lit(_ONCE))
    surplus = pl.format("line: got '{}' more, expected {}", SURPLUS, pl.lit(_SURPLUS_EXPECTED))
    return pl.concat_str(
        *(rule.reason for rule in every),
        pl.when(_AGAIN).then(again),
        pl.when(pl.col(SURPLUS).is_not_null()).then(surplus),
        separator="; ",
        ignore_nulls=True,
    )


def _count(bad: pl.DataFrame, every: list[Rule], row_id: str) -> dict[str, int]:
    """How many rows broke each rule; a row that broke two counts for both."""
    flags = {f"{rule.field}: expected {rule.expected}": rule.broken for rule in every}
    flags[f"{row_id}: expected {_ONCE}"] = pl.col(_AGAIN)
    flags[f"line: expected {_SURPLUS_EXPECTED}"] = pl.col(SURPLUS).is_not_null()
    sums = [flag.sum().alias(name) for name, flag in flags.items()]
    counts = rules.typed(bad.lazy(), every).select(sums).collect().row(0, named=True)
    return {name: int(n) for name, n in counts.items() if n}


def to_parquet(frame: pl.DataFrame) -> bytes:
    """The same bytes for the same rows, readable by any Parquet reader."""
    target = io.BytesIO()
    frame.write_parquet(target, compression="zstd", compression_level=3)
    return target.getvalue()
