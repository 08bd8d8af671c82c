"""What the model was trained on, as bins and shares: what drift is measured against.

No person is in it: a bin, a category and a word hold at least `k_anonymous` rows, and of a personal
column nothing is kept; of a personal text how long it was.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from penstock import bins, importance, text, together, usual, vocabulary
from penstock.contract import MISSING_TEXT, Columns, Contract
from penstock.features import Features

BINS = 10
SCORE, DISTANCE = "score", "distance"  # reserved: no column is named score


def build(
    columns: Columns,
    score: npt.NDArray[np.float64],
    contract: Contract,
    *,
    k_anonymous: int = 5,
    in_time: bool = False,
) -> dict[str, Any]:
    """A table of every contract column and of the score (float64 [n]) over the training rows.

    `together`: how the columns hang together, and a table of how far rows are from that; None where
    fewer than two vary. `importance` and `attribution` are empty until `explained`.

    in_time: the rows are in the order of their event time, so that what runs of them differ by
    (`penstock.usual`) is no drift. Of rows in any other order (sorted by a column) it would hide
    every drift.
    """
    texts = {
        c.name: _text(columns[c.name].tolist(), k_anonymous, in_time, personal=c.personal)
        for c in contract.columns
        if c.type == "text"
    }
    shared = [c.name for c in contract.columns if not c.personal and c.name not in texts]
    watched = {name: columns[name] for name in shared}
    made = tables(watched, k_anonymous=k_anonymous, in_time=in_time)
    personal = {
        c.name: {"kind": "category" if c.is_text else "numeric", "personal": True}
        for c in contract.columns
    }
    of_columns = personal | made | texts
    fitted = together.fit(columns, {name: made[name] for name in shared})
    found = {
        "rows": len(score),
        "columns": of_columns,
        "together": fitted,
        "importance": {},
        "attribution": None,
    }
    return found | _of_rows(found, columns, score, k_anonymous, in_time)


def on_unseen(
    baseline: Mapping[str, Any],
    columns: Columns,
    score: npt.NDArray[np.float64],
    *,
    k_anonymous: int = 5,
    in_time: bool = False,
) -> dict[str, Any]:
    """The same baseline, with the scores and distances of rows that the model has not seen.

    Of its own training rows a model is surer than of any others, so against those scores even
    unchanged traffic looks like drift.
    """
    return dict(baseline) | _of_rows(baseline, columns, score, k_anonymous, in_time)


def explained(
    baseline: Mapping[str, Any], contributions: Columns, columns: Columns, derive: Features
) -> dict[str, Any]:
    """The same baseline, with what the model goes by: each feature's contributions, float64 [n].

    The rows are such as the model has not seen. importance: each column's share, together 1.
    """
    by_feature = importance.of_features(contributions)
    return dict(baseline) | {
        "importance": importance.of_columns(by_feature, derive, columns),
        "attribution": {"features": by_feature, "tables": tables(contributions)},
    }


def _of_rows(
    baseline: Mapping[str, Any],
    columns: Columns,
    score: npt.NDArray[np.float64],
    k_anonymous: int,
    in_time: bool,
) -> dict[str, Any]:
    """What is told of whole rows: how they score, and how far they are from the usual."""
    fitted, of_columns = baseline["together"], baseline["columns"]
    watched = {SCORE: score}
    if fitted is not None:
        watched[DISTANCE] = together.distances(fitted, columns, of_columns)
    made = tables(watched, k_anonymous=k_anonymous, in_time=in_time)
    apart = None if fitted is None else fitted | {DISTANCE: made[DISTANCE]}
    return {SCORE: made[SCORE], "together": apart}


def tables(
    columns: Mapping[str, npt.NDArray[Any]], *, k_anonymous: int = 5, in_time: bool = False
) -> dict[str, dict[str, Any]]:
    """A table of each column, by its name; float64 [n] is numeric, anything else a category."""
    made = {}
    for name, values in columns.items():
        shape = _numeric if values.dtype.kind == "f" else _category
        made[name] = shape(values, k_anonymous)
        if in_time:
            _add_usual(made[name], values)
    return made


def _add_usual(entry: dict[str, Any], values: npt.NDArray[Any]) -> None:
    entry["usual"] = usual.runs(bins.codes(entry, values), len(bins.expected(entry)))


def _text(texts: list[str], k: int, in_time: bool, *, personal: bool) -> dict[str, Any]:
    """Tables of what is measured of it. Of those beside the characters a missing text is no row:
    that it is missing would else be three findings."""

    def shaped(measure: str, values: npt.NDArray[np.float64]) -> dict[str, Any]:
        return tables({measure: values}, k_anonymous=k, in_time=in_time)[measure]

    found = {"kind": "text", text.CHARACTERS: shaped(text.CHARACTERS, text.characters(texts))}
    if personal:  # its words are a person's
        return found | {"personal": True}
    listed = vocabulary.table(texts, k_anonymous=k, in_time=in_time)
    for measure, values in (
        (text.WORDS, text.lengths(texts)),
        (text.UNLISTED, text.unlisted(texts, listed["words"])),
    ):
        found[measure] = shaped(measure, values[~np.isnan(values)]) | {"of_present": True}
    return found | {text.VOCABULARY: listed}


def _numeric(values: npt.NDArray[Any], k: int) -> dict[str, Any]:
    present = values[~np.isnan(values)]
    edges = _edges(present, k) if len(present) else []
    *shares, missing = bins.fractions({"kind": "numeric", "edges": edges}, values)
    shaped = {"kind": "numeric", "edges": edges, "fractions": shares, "missing": missing}
    return shaped | {"rows": len(values)}


def _edges(present: npt.NDArray[Any], k: int) -> list[float]:
    """Inner edges of bins of about equal rows; those of a bin with fewer than k rows fall.

    A column that stood still has a bin of its value, and an empty one on either side.
    """
    distinct = np.unique(present)
    if len(distinct) == 1 and len(present) >= k:
        # else whatever came later would fall into the same, only bin
        return [float(distinct[0]), float(np.nextafter(distinct[0], np.inf))]
    inner = (
        distinct[1:]
        if len(distinct) <= BINS
        else np.unique(np.quantile(present, np.arange(1, BINS) / BINS))
    )
    edges: list[float] = []
    below = 0
    for edge in inner.tolist():
        edge = float(f"{edge:.6g}")  # no single row's exact value
        rows = int((present < edge).sum())
        if rows - below >= k:
            edges.append(edge)
            below = rows
    if edges and len(present) - below < k:
        edges.pop()
    return edges


def _category(values: npt.NDArray[Any], k: int) -> dict[str, Any]:
    """A value is listed if at least k rows have it, and one in a thousand.

    The rows of a rarer one say more of luck than of the value: those that happened to be common
    here are rarer in any other draw, which would look like a drift to "other".
    """
    least = max(k, len(values) / 1000)
    names, counts = np.unique(values.astype(str), return_counts=True)
    listed = {
        str(v): float(c) / len(values)
        for v, c in zip(names, counts, strict=True)
        if c >= least and v != MISSING_TEXT
    }
    entry = {"kind": "category", "values": listed}
    *_, other, missing = bins.fractions(entry, values)
    return entry | {"other": other, "missing": missing, "rows": len(values)}
