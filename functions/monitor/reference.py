"""The champion's baseline as far as it can be compared with: by field, and what cannot be said."""

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

from functions.monitor import texts
from functions.monitor.scan import SCORE
from functions.shared.files import Trouble
from penstock.contract import Column, Contract
from penstock.errors import PenstockError
from penstock.text import CHARACTERS, VOCABULARY, field

_KEYS = {
    "numeric": ("edges", "fractions", "missing"),
    "category": ("values", "other", "missing"),
    "text": (CHARACTERS,),
}


@dataclasses.dataclass(frozen=True)
class Reference:
    """`fields`: the baseline's tables by the record's field; personal columns have none. `texts`:
    those of text columns, by column; a personal one's has its characters alone.

    importance: how much the model goes by a column, where the baseline says so; attribution: by a
    feature, and how its contributions are spread. together: how columns hang together. None where
    the baseline does not say, or columns that it names cannot be compared.
    """

    rows: int
    fields: dict[str, Mapping[str, Any]]
    importance: dict[str, float]
    troubles: tuple[Trouble, ...]
    together: Mapping[str, Any] | None = None
    attribution: Mapping[str, Any] | None = None
    texts: Mapping[str, Mapping[str, Any]] = dataclasses.field(default_factory=dict)

    @property
    def tables(self) -> dict[str, Mapping[str, Any]]:
        return texts.tables(self.fields, self.texts)


def read(baseline: Mapping[str, Any], contract: Contract, where: str) -> Reference:
    """PenstockError: not a baseline, or one of which nothing fits this use case."""
    try:
        tables = {**baseline["columns"], SCORE: baseline[SCORE]}
        rows = int(baseline["rows"])
    except (KeyError, TypeError, ValueError) as error:
        raise PenstockError(
            f"no baseline of this version: {error!r}",
            where=where,
            expected="`rows`, `columns` and `score`, as penstock.baseline builds them",
        ) from None
    known = {c.name: _kind(c) for c in contract.columns}
    personal = {c.name for c in contract.columns if c.personal}
    kinds = known | {SCORE: "numeric"}
    fields: dict[str, Mapping[str, Any]] = {}
    free: dict[str, Mapping[str, Any]] = {}
    troubles = []
    for name in [*tables, *(name for name in known if name not in tables)]:
        is_text = known.get(name) == "text"
        if not is_text and (name in personal or (tables.get(name) or {}).get("personal")):
            continue
        if (why := _unfit(tables.get(name), kinds.get(name))) is None:
            (free if is_text else fields)[name] = tables[name]
        else:
            troubles.append(Trouble(f"{name} is not compared: {why}", name))
    if not (fields or free):
        raise PenstockError(
            f"a baseline of another version: {troubles[0].what}",
            where=where,
            expected=f"at least one of {', '.join(known)}",
        )
    together = baseline.get("together")
    if together is not None and not fields.keys() >= set(together["names"]):
        troubles.append(Trouble("columns together are not compared: some of them cannot be"))
        together = None
    importance = dict(baseline.get("importance") or {})
    return Reference(
        rows=rows,
        fields=fields,
        texts={name: _open(table, name in personal) for name, table in free.items()},
        importance=importance | _of_texts(importance, free),
        troubles=tuple(troubles),
        together=together,
        attribution=baseline.get("attribution"),
    )


def _kind(column: Column) -> str:
    """The kind of the table that a column has."""
    return column.type if column.is_text else "numeric"


def _open(table: Mapping[str, Any], personal: bool) -> dict[str, Any]:
    """What of a text's table can be compared with today's records: of a masked one its length."""
    kept = (CHARACTERS,) if personal else (*texts.MEASURES, VOCABULARY)
    found = {name: table[name] for name in kept if name in table}
    return {"kind": "text", "personal": personal, **found}


def _of_texts(importance: Mapping[str, float], free: Iterable[str]) -> dict[str, float]:
    """What is told of a text is as important as the text."""
    measures = (*texts.MEASURES, VOCABULARY)
    return {field(name, measure): importance[name]
            for name in free if name in importance for measure in measures}  # fmt: skip


def _unfit(entry: Mapping[str, Any] | None, kind: str | None) -> str | None:
    """Why a table cannot be used, None if it can."""
    if kind is None:
        return "the champion was trained on it, the use case has it no more"
    if entry is None:
        return "the use case has it, the champion was trained without it"
    if entry.get("kind") != kind:
        return f"{entry.get('kind')} when the champion was trained, {kind} now"
    if absent := [key for key in _KEYS[kind] if key not in entry]:
        return f"its baseline has no {', '.join(absent)}"
    if kind == "text":
        whys = (_unfit(entry[m], "numeric") for m in texts.MEASURES if m in entry)
        return next((why for why in whys if why), None)
    if kind == "numeric" and len(entry["fractions"]) != len(entry["edges"]) + 1:
        return f"its baseline has {len(entry['fractions'])} shares of {len(entry['edges'])} edges"
    return None
