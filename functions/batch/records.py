"""Prediction records of a part, straight into the lake: what the log would carry for callers.

A record a row by way of the log costs more than the scoring, and comes twice when a part does.
"""

from typing import Any

import polars as pl

from functions.batch.answers import Scored
from penstock import record
from penstock.contract import Column, Contract

_TYPES: dict[str, pl.DataType] = {
    "string": pl.String(), "double": pl.Float64(), "boolean": pl.Boolean(),
}  # fmt: skip


def records(
    scored: Scored, contract: Contract, shared: dict[str, str], rate: float, key: bytes | None
) -> pl.DataFrame:
    """As predict makes them: of the answered rows and, with a reason, of the refused.

    `shared`: the fields that all have in common; `rate`: the share that is kept; `key`: by which a
    person is masked (None: left out). A row in a batch has no latency of its own.
    """
    columns = record.glue_columns([(c.name, c.type, c.personal) for c in contract.columns])
    schema = {name: _TYPES[type_] for name, type_ in columns.items()}
    answered: dict[str, Any] = {
        "prediction_id": scored.ids.gather(scored.good),
        "row_id": scored.row_ids.gather(scored.good),
        "score": scored.scores,
        "label": scored.labels,
        "refused": pl.repeat(value=False, n=len(scored.good), eager=True),
        **{c.name: _recorded(scored.values[c.name], c, key) for c in contract.columns},
    }
    refused = {
        "prediction_id": scored.ids.gather(list(scored.broken)),
        "reason": [_reason(scored, i, contract) for i in scored.broken],
        "refused": [True] * len(scored.broken),
    }
    every = pl.concat(
        [
            pl.DataFrame(schema=schema),
            *(pl.DataFrame(some, schema_overrides=schema) for some in (answered, refused)),
        ],
        how="diagonal",
    ).with_columns(pl.lit(value).alias(name) for name, value in shared.items())
    if rate >= 1:
        return every
    kept = [record.is_captured(id_, rate) for id_ in every["prediction_id"]]
    return every.filter(pl.Series(kept, dtype=pl.Boolean))


def _recorded(values: pl.Series, column: Column, key: bytes | None) -> pl.Series:
    """true is 1, as in the baseline."""
    if not column.personal:
        return values
    if key is None:
        return pl.repeat(None, len(values), dtype=pl.String, eager=True)
    known = values.drop_nulls().unique()
    mask = record.mask(column.type)
    masked = pl.Series([mask(value, key) for value in known.to_list()], dtype=pl.String)
    return values.replace_strict(known, masked, default=None, return_dtype=pl.String)


def _reason(scored: Scored, row: int, contract: Contract) -> str:
    """Without what was sent: it may be a person's, also an unknown field's name."""
    first, *more = scored.broken[row]
    known = {c.name for c in contract.columns} | {"", "line"}
    name = first.field if first.field in known else "an unknown field"
    return f"400 {name}: expected {first.expected} ({1 + len(more)} in all)"
