"""The verdict on every column of a window, by the name that the report gives it."""

from typing import Any

from functions.monitor import texts, together
from functions.monitor.seen import Seen
from functions.shared.files import Trouble
from penstock import bins
from penstock.calibration import Finding, Look, Watched, findings
from penstock.calibration.tables import share, watched, words
from penstock.errors import PenstockError
from penstock.statistics.marks import Marks
from penstock.text import VOCABULARY, WORDS, field

REFUSED = "refused"
DRIFT, MULTIVARIATE = "drift", "multivariate"


def judged(seen: Seen) -> tuple[dict[str, dict[str, Any]], list[Trouble]]:
    """Columns by how much they matter: the drifted first, by shift x importance."""
    columns, troubles = _watched(seen)
    found = findings(Look(seen.rules, tuple(columns)))
    told = {f.column: _told(seen, w, f) for w, f in zip(columns, found, strict=True)}
    ranked = sorted(told.items(), key=lambda item: (not item[1]["drifted"], -item[1]["rank"]))
    return dict(ranked), troubles


def kind(name: str) -> str:
    return MULTIVARIATE if name == together.NAME else DRIFT


def _watched(seen: Seen) -> tuple[list[Watched], list[Trouble]]:
    """A column that cannot be compared is told of, the others are compared."""
    columns, troubles = [], list(seen.window.troubles)
    for name, entry in seen.reference.tables.items():
        try:
            tally = seen.sketch.fields.get(name)
            counts = tally.bins if tally else (0,) * len(bins.expected(entry))
            columns.append(watched(name, entry, counts, seen.reference.rows))
        except PenstockError as error:
            troubles.append(Trouble(f"{name} is not compared: {error}", name))
    columns += _vocabularies(seen)
    if seen.usecase.multivariate and not seen.window.sample.is_empty():
        columns += together.of(seen.reference, seen.window.sample)
    asked = seen.sketch.rows + seen.refused
    columns.append(share(REFUSED, (seen.reference.rows, 0), (asked, seen.refused)))
    return columns, troubles


def _vocabularies(seen: Seen) -> list[Watched]:
    """Of texts that are not missing: a missing one is told of by its characters."""
    found = []
    for column in texts.vocabularies(seen.reference.texts):
        tally = seen.sketch.fields.get(field(column, WORDS))
        table = seen.reference.texts[column][VOCABULARY]
        held, texts_now = seen.sketch.words.get(column), sum(tally.bins) if tally else 0
        found.append(words(field(column, VOCABULARY), table, held or {}, texts_now))
    return found


def _told(seen: Seen, column: Watched, finding: Finding) -> dict[str, Any]:
    expected, actual = (side.tolist() for side in column.pair.shares)
    importance = seen.reference.importance.get(column.name)
    told = finding.to_dict()
    since = seen.lasting().get((kind(column.name), column.name), seen.stamp)
    return {
        **{name: told[name] for name in told if name not in ("column", "rows")},
        "kind": _shape(column),
        "window_rows": finding.rows[1],
        "psi": finding.statistics.get("psi", 0.0),
        "bins": list(column.labels),
        "expected": expected,
        "actual": actual,
        "since": since if finding.drifted else None,
        "importance": importance,
        "rank": finding.shift * (1.0 if importance is None else importance),
    }


def _shape(column: Watched) -> str:
    if isinstance(column.pair, Marks):
        return VOCABULARY
    return "category" if column.pair.edges is None else "numeric"
