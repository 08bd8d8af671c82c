"""The champion's baseline as far as it can be compared with: by field, and what cannot be said."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from functions.monitor.scan import SCORE
from functions.shared.files import Trouble
from penstock.contract import Contract
from penstock.errors import PenstockError

_KEYS = {"numeric": ("edges", "fractions", "missing"), "category": ("values", "other", "missing")}


@dataclass(frozen=True)
class Reference:
    """`fields`: the baseline's tables by the record's field; personal columns have none.

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
    known = {c.name: "category" if c.is_text else "numeric" for c in contract.columns}
    personal = {c.name for c in contract.columns if c.personal}
    kinds = known | {SCORE: "numeric"}
    fields, troubles = {}, []
    for name in [*tables, *(name for name in known if name not in tables)]:
        if name in personal or (tables.get(name) or {}).get("personal"):
            continue
        if (why := _unfit(tables.get(name), kinds.get(name))) is None:
            fields[name] = tables[name]
        else:
            troubles.append(Trouble(f"{name} is not compared: {why}", name))
    if not fields:
        raise PenstockError(
            f"a baseline of another version: {troubles[0].what}",
            where=where,
            expected=f"at least one of {', '.join(known)}",
        )
    together = baseline.get("together")
    if together is not None and not fields.keys() >= set(together["names"]):
        troubles.append(Trouble("columns together are not compared: some of them cannot be"))
        together = None
    return Reference(
        rows=rows,
        fields=fields,
        importance=dict(baseline.get("importance") or {}),
        troubles=tuple(troubles),
        together=together,
        attribution=baseline.get("attribution"),
    )


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
    if kind == "numeric" and len(entry["fractions"]) != len(entry["edges"]) + 1:
        return f"its baseline has {len(entry['fractions'])} shares of {len(entry['edges'])} edges"
    return None
