"""The three sides of a dataset version, as the training container and numpy read them."""

import io
from typing import Any

import numpy as np
import polars as pl

from functions.prepare.errors import DatasetDamaged, EmptySplit, OneClassTarget
from functions.shared import npz_texts
from penstock import splits
from penstock.contract import Contract

SIDE = "__side"


def merge(
    parts: dict[str, bytes], contract: Contract, event_time: str | None = None
) -> pl.DataFrame:
    """All parts (key -> Parquet, in the manifest's order) as one table; for an id the last wins.

    event_time: the rows come in its order, those of one moment as they were sent.
    """
    names = [contract.row_id, *(c.name for c in contract.columns), contract.target.column]
    names += [event_time] if event_time else []
    frames = []
    for key, body in parts.items():
        frame = pl.read_parquet(io.BytesIO(body))
        if lacking := [name for name in names if name not in frame.columns]:
            raise DatasetDamaged(
                f"no columns {lacking}",
                where=key,
                expected="a part of today's contract: send its raw file again",
            )
        frames.append(frame.select(names))
    everything = pl.concat(frames, how="vertical")
    rows = everything.unique(subset=contract.row_id, keep="last", maintain_order=True)
    return rows.sort(event_time, maintain_order=True) if event_time else rows


def split(
    rows: pl.DataFrame,
    contract: Contract,
    event_time: str | None = None,
    *,
    validation: float,
    holdout: float,
    where: str,
) -> dict[str, pl.DataFrame]:
    """The rows of each side; a side that is empty or has one class only is refused.

    By event time where there is one (`merge` has sorted by it), else by the hash of the id.
    """
    _two_classes(rows, contract, where)
    assign = splits.in_time if event_time else splits.assign
    keys = rows[event_time or contract.row_id].to_list()
    sides = assign(keys, validation=validation, holdout=holdout)
    marked = rows.with_columns(pl.Series(SIDE, sides))
    parts = {side: marked.filter(pl.col(SIDE) == side).drop(SIDE) for side in splits.SIDES}
    for side, part in parts.items():
        if part.is_empty():
            raise EmptySplit(
                f"no row of {rows.height} falls on the side {side}",
                where=where,
                expected="more rows, or a larger share in usecase.yaml, key split",
            )
    for side, part in parts.items():
        _two_classes(part, contract, f"{where}, side {side}")
    return parts


def to_parquet(part: pl.DataFrame, contract: Contract) -> bytes:
    """A side for training: a text that is missing is "" (as in `penstock.contract`)."""
    texts = [c.name for c in contract.columns if c.is_text]
    target = io.BytesIO()
    filled = part.with_columns(pl.col(texts).fill_null("")) if texts else part
    filled.write_parquet(target, compression="zstd")
    return target.getvalue()


def to_npz(part: pl.DataFrame, contract: Contract) -> bytes:
    """The holdout for evaluate, whose Lambda has no room for polars; readable without pickle."""
    arrays: dict[str, Any] = {}
    for c in contract.columns:
        if c.type == "text":
            arrays |= npz_texts.pack(c.name, part[c.name].fill_null("").to_list())
        elif c.is_text:
            arrays[c.name] = part[c.name].fill_null("").to_numpy().astype(np.str_)
        else:
            arrays[c.name] = part[c.name].cast(pl.Float64).fill_null(np.nan).to_numpy()
    positive = part[contract.target.column] == contract.target.positive
    arrays["__target__"] = positive.to_numpy().astype(np.int8)
    arrays["__id__"] = part[contract.row_id].to_numpy().astype(np.str_)
    target = io.BytesIO()
    np.savez_compressed(target, **arrays)
    return target.getvalue()


def summary(
    parts: dict[str, pl.DataFrame], contract: Contract, event_time: str | None = None
) -> dict[str, dict[str, Any]]:
    """Rows and positives of each side, and from when to when they are."""
    rule = contract.target
    return {
        "times": {
            side: [part[event_time][i].isoformat() for i in (0, -1)] if event_time else None
            for side, part in parts.items()
        },
        "rows": {side: part.height for side, part in parts.items()},
        "positives": {
            side: int((part[rule.column] == rule.positive).sum()) for side, part in parts.items()
        },
    }


def _two_classes(rows: pl.DataFrame, contract: Contract, where: str) -> None:
    found = rows[contract.target.column].unique().sort().to_list()
    if len(found) != 2:
        raise OneClassTarget(
            f"{contract.target.column} is {found} in all {rows.height} rows",
            where=where,
            expected=f"rows of {contract.target.positive!r} and of {contract.target.negative!r}",
        )
