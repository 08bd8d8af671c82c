"""The newest rows whose truth became known in service: what a new model must be better on.

None of them may be a row that the new model learned from, or it would be praised for its memory.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from functions.shared import files
from penstock.contract import Contract
from penstock.record import glue_columns

FEWEST = 20  # of each class, below which a comparison says too little


@dataclass(frozen=True)
class Recent:
    """`rows`: the row id, the contract's columns and the target, or None; `why`: which, or why."""

    rows: pl.DataFrame | None
    why: str


def masked(contract: Contract) -> str | None:
    """Why the answers of service cannot be scored again, if so."""
    personal = [c.name for c in contract.columns if c.personal]
    return f"records hold no {', '.join(personal)} (personal)" if personal else None


def select(paths: Sequence[Path], contract: Contract, learned: pl.Series, days: int) -> Recent:
    """learned: the row ids of training and validation. Of several answers about a row the last."""
    hive = glue_columns([(c.name, c.type, c.personal) for c in contract.columns])
    types: dict[str, pl.DataType] = {
        "prediction_time": pl.String(),
        "row_id": pl.String(),
        "outcome": pl.Float64(),
        **{c.name: files.HIVE[hive[c.name]] for c in contract.columns},
    }
    rows, _ = files.read(paths, types, lambda frame: frame.collect())
    target = contract.target
    fresh = (
        rows.filter(pl.col("outcome").is_in([0.0, 1.0]))
        .filter(~pl.col("row_id").is_in(learned.cast(pl.String).implode()).fill_null(False))
        .sort("prediction_time", maintain_order=True)
    )
    named = fresh.filter(pl.col("row_id").is_not_null()).unique(
        "row_id", keep="last", maintain_order=True
    )
    fresh = pl.concat([named, fresh.filter(pl.col("row_id").is_null())])
    positives = int(fresh["outcome"].sum())
    fewest = min(positives, fresh.height - positives)
    if fewest < FEWEST:
        return Recent(
            None,
            f"{fewest} labelled answers of the rarer class in {days} days that training has not "
            f"seen, {FEWEST} are needed",
        )
    truth = pl.when(pl.col("outcome") == 1).then(pl.lit(target.positive))
    return Recent(
        fresh.select(
            pl.col("row_id").fill_null("").alias(contract.row_id),
            *(c.name for c in contract.columns),
            truth.otherwise(pl.lit(target.negative)).alias(target.column),
        ),
        f"{fresh.height} labelled answers of the last {days} days",
    )
