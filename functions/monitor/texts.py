"""Text columns as numbers, and which words they hold: for polars, and in SQL for Athena.

Both go by `penstock.text` and its regular expression; polars has no SQL for it, so it is said
twice, and a test holds them together. They part at the lower case of a few letters (the Turkish İ,
a Σ that ends a word), which Athena changes one by one: such a word counts as unlisted there.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from functions.monitor.query import Entries, identifier, literal
from penstock.record import LENGTH_AT
from penstock.text import CHARACTERS, UNLISTED, VOCABULARY, WORD, WORDS, field

Texts = Mapping[str, Mapping[str, Any]]  # of a baseline, by column (`penstock.baseline`)
MEASURES = (CHARACTERS, WORDS, UNLISTED)
_FOUND = "{}, words found"


def tables(fields: Entries, texts: Texts) -> dict[str, Mapping[str, Any]]:
    """Every table that is counted by: the fields', and what is measured of texts."""
    measures = {field(column, measure): table[measure] for column, table in texts.items()
                for measure in MEASURES if measure in table}  # fmt: skip
    return {**fields, **measures}


def vocabularies(texts: Texts) -> dict[str, Mapping[str, float]]:
    """The words of each column that has some, with their share of training's texts."""
    return {column: words for column, table in texts.items() if (words := _listed(table))}


def told(texts: Texts) -> dict[str, list[str]]:
    """What is judged of each column, by name."""
    whole = (*MEASURES, VOCABULARY)
    return {column: [field(column, measure) for measure in whole
                     if measure in table and (measure != VOCABULARY or _listed(table))]
            for column, table in texts.items()}  # fmt: skip


def _listed(table: Mapping[str, Any]) -> Mapping[str, float]:
    words: Mapping[str, float] = table.get(VOCABULARY, {}).get("words", {})
    return words


def measured(rows: pl.LazyFrame, texts: Texts) -> pl.LazyFrame:
    """The rows, and what is measured of their texts."""
    read = [column for column, table in texts.items() if not table.get("personal")]
    found = rows.with_columns(_words(pl.col(name)).alias(_FOUND.format(name)) for name in read)
    return found.with_columns(each for column, table in texts.items()
                              for each in _measures(column, table))  # fmt: skip


def held(rows: pl.LazyFrame, texts: Texts) -> list[pl.LazyFrame]:
    """Of each column with a vocabulary: `column`, `word`, and how many `rows` hold it."""
    return [
        rows.select(word=_words(pl.col(column)).list.unique())
        .explode("word")
        .filter(pl.col("word").is_in(list(words)))
        .group_by("word")
        .len("rows")
        .select(pl.lit(column).alias("column"), "word", "rows")
        for column, words in vocabularies(texts).items()
    ]


def _measures(column: str, table: Mapping[str, Any]) -> Iterable[pl.Expr]:
    if table.get("personal"):
        recorded = pl.col(column).str.slice(LENGTH_AT - 1).cast(pl.Float64, strict=False)
        return [recorded.alias(field(column, CHARACTERS))]
    words, given = pl.col(_FOUND.format(column)), pl.col(column) != ""
    listed = pl.Series(list(_listed(table)), dtype=pl.String).implode()
    different = words.list.unique()
    # in a third of the time of an intersection with a list
    known = different.list.eval(pl.element().is_in(listed)).list.sum()
    measures = {
        CHARACTERS: pl.when(given).then(pl.col(column).str.len_chars().cast(pl.Float64)),
        WORDS: pl.when(given).then(words.list.len().cast(pl.Float64)),
        UNLISTED: 1 - known / different.list.len(),
    }
    return [found.alias(field(column, measure)) for measure, found in measures.items()]


def _words(value: pl.Expr) -> pl.Expr:
    return value.str.to_lowercase().str.extract_all(WORD)


def measured_sql(texts: Texts, table: str) -> str:
    """A SELECT of the same."""
    if not texts:
        return f"SELECT * FROM {table}"
    made = (each for column, entry in texts.items() for each in _measures_sql(column, entry))
    return f"SELECT *, {', '.join(made)} FROM {table}"


def held_sql(texts: Texts, table: str) -> str:
    """A SELECT of the same; empty where no column has a vocabulary."""
    return " UNION ALL ".join(
        f'SELECT {literal(column)} AS "column", "word", COUNT(*) AS "rows" FROM {table} '
        f'CROSS JOIN UNNEST({_known_sql(column, list(words))}) AS found("word") GROUP BY "word"'
        for column, words in vocabularies(texts).items()
    )


def _measures_sql(column: str, table: Mapping[str, Any]) -> Iterable[str]:
    if table.get("personal"):
        recorded = f"TRY_CAST(SUBSTR({identifier(column)}, {LENGTH_AT}) AS DOUBLE)"
        return [f"{recorded} AS {identifier(field(column, CHARACTERS))}"]
    words = _words_sql(column)
    known = f"CAST(CARDINALITY({_known_sql(column, list(_listed(table)))}) AS DOUBLE)"
    different = f"NULLIF(CARDINALITY(ARRAY_DISTINCT({words})), 0)"
    measures = {
        CHARACTERS: f"CAST(LENGTH(NULLIF({identifier(column)}, '')) AS DOUBLE)",
        WORDS: f"CAST(CARDINALITY({words}) AS DOUBLE)",
        UNLISTED: f"1e0 - {known} / {different}",
    }
    return [f"{sql} AS {identifier(field(column, measure))}" for measure, sql in measures.items()]


def _words_sql(column: str) -> str:
    return f"REGEXP_EXTRACT_ALL(LOWER(NULLIF({identifier(column)}, '')), {literal(WORD)})"


def _known_sql(column: str, listed: Sequence[str]) -> str:
    """The listed words that a text holds, each once; "" is no word, and keeps the array's type."""
    return f"ARRAY_INTERSECT({_words_sql(column)}, ARRAY[{', '.join(map(literal, ['', *listed]))}])"
