"""A cell of text stands for the JSON value that it would be: a column's typed values of its texts.

Ingest and batch read by it, so that a row of a file is the same row as training data and as a
request.
"""

import polars as pl

from penstock.contract import Column

_BOOLEANS = {"true": 1.0, "false": 0.0, "1": 1.0, "0": 0.0}  # CSV has no booleans of its own


def typed(rule: Column) -> pl.Expr:
    """float64 (true is 1), or text; null for no text, or one that says no value.

    The cells are to be trimmed, but those of free text, which is what was written.
    """
    text = pl.col(rule.name)
    if rule.is_text:
        return pl.when(text != "").then(text)
    if rule.type == "boolean":
        return text.str.to_lowercase().replace_strict(_BOOLEANS, default=None)
    return text.cast(pl.Float64, strict=False)
