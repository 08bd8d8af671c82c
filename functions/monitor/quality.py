"""How good the champion's answers turned out to be, as far as their truths are known by now."""

import tempfile
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from functions.monitor.part import Part
from functions.monitor.seen import Seen
from functions.monitor.store import Store
from functions.shared import files
from functions.shared.files import Trouble
from functions.shared.usecase import Quality
from penstock import bins, metrics, quality
from penstock.calibration.tables import labels
from penstock.quality import Estimate, binary, loss, reliability, slices, value
from penstock.quality.estimate import Floats
from penstock.quality.loss import SAID, Loss

KIND = "quality"
FEWEST_OF_A_PERIOD = 40
_HIVE = files.HIVE
_OWN = {"prediction_id": "string", "prediction_time": "string", "model_package": "string",
        "score": "double", "outcome": "double"}  # fmt: skip
Verdicts = Mapping[str, Loss | str]


def part(seen: Seen, store: Store) -> Part | None:
    """None where nobody wants to know, or nothing is labelled yet."""
    wanted = seen.usecase.quality
    if wanted is None:
        return None
    rows, troubles = _labelled(seen, wanted, store)
    if rows.is_empty():
        return None
    y, p = rows["outcome"].to_numpy().astype(np.int64), rows["score"].to_numpy()
    threshold = seen.usecase.contract.threshold
    now = quality.PROBLEMS["binary"](y, p, threshold)
    before = _evaluated(seen, store)
    verdicts = _verdicts(seen, wanted, before, now)
    cut = _slices(seen, wanted, rows, y, p)
    details = {
        "window_days": wanted.window_days,
        "rows": len(y),
        "positives": int(y.sum()),
        "metrics": {name: found.to_dict() for name, found in now.items()},
        "at_evaluation": {name: found.to_dict() for name, found in before.items()},
        "verdicts": {name: _told(found, len(y)) for name, found in verdicts.items()},
        "calibration_error": metrics.calibration_error(y, p),
        "reliability": reliability.bins(y, p),
        "slices": cut,
        "value": _value(wanted, y, p, threshold),
        "periods": _periods(rows["prediction_time"].str.slice(0, 10).to_numpy(), y, p),
    }
    found = {SAID[name]: _why(verdict, name, cut) for name, verdict in verdicts.items()
             if isinstance(verdict, Loss) and verdict.lost}  # fmt: skip
    return Part(KIND, found, details, troubles)


def _labelled(seen: Seen, wanted: Quality, store: Store) -> tuple[pl.DataFrame, list[Trouble]]:
    """The champion's answers of the window whose truth is known, in the order of time."""
    since = seen.now - timedelta(days=wanted.window_days)
    tables = {name: seen.reference.fields[name] for name in wanted.slices
              if name in seen.reference.fields}  # fmt: skip
    kinds = {"numeric": "double", "category": "string"}
    hive = _OWN | {name: kinds[table["kind"]] for name, table in tables.items()}
    types = {name: _HIVE[kind] for name, kind in hive.items()}
    mine = (pl.col("model_package") == seen.champion["model_package_arn"]) & (
        pl.col("prediction_time").str.slice(0, 19) >= f"{since:%Y-%m-%dT%H:%M:%S}"
    )
    with tempfile.TemporaryDirectory() as scratch:
        paths = store.labelled(f"{since:%Y-%m-%d}", Path(scratch))
        if not paths:
            return pl.DataFrame(), []
        rows, schemas = files.read(
            paths, types, lambda frame: frame.filter(mine).collect().sort("prediction_time")
        )
        return rows, files.troubles(schemas, types)


def _evaluated(seen: Seen, store: Store) -> dict[str, Estimate]:
    """What the champion was worth on its holdout; {} of one that was evaluated before this was."""
    found = store.measured(seen.champion["metrics_uri"]).get("intervals", {})
    return {name: Estimate.from_dict(raw) for name, raw in found.items()}


def _verdicts(
    seen: Seen, wanted: Quality, before: Mapping[str, Estimate], now: Mapping[str, Estimate]
) -> Verdicts:
    """Each metric is held to an even part of what quality may spend of the budget."""
    level = seen.rules.level / len(wanted.smallest_loss)
    found: dict[str, Loss | str] = {}
    for name, smallest in wanted.smallest_loss.items():
        if name not in before:
            found[name] = "not judged: the champion's evaluation has no interval of it, train again"
        elif name not in now:
            found[name] = "not enough labels: both classes are needed"
        else:
            found[name] = loss.judge(name, before[name], now[name], level=level, smallest=smallest)
    return found


def _told(verdict: Loss | str, rows: int) -> dict[str, Any]:
    if isinstance(verdict, str):
        return {"lost": False, "why": verdict, "needed": None}
    needed = None if verdict.needed is None else int(np.ceil(verdict.needed * rows))
    kept = ("lost", "why", "by", "smallest", "p_value", "level")
    told = verdict.to_dict()
    return {**{name: told[name] for name in kept}, "needed": needed}


def _why(verdict: Loss | str, metric: str, cut: list[slices.Slice]) -> str:
    assert isinstance(verdict, Loss)
    worst = slices.worst(cut, metric)
    if worst is None:
        return verdict.why
    found = Estimate.from_dict(worst[metric])
    return f"{verdict.why}; worst slice {worst['column']} {worst['slice']}: {found}"


def _slices(
    seen: Seen, wanted: Quality, rows: pl.DataFrame, y: Floats, p: Floats
) -> list[slices.Slice]:
    found = []
    for name in wanted.slices:
        if (table := seen.reference.fields.get(name)) is not None:
            held = rows[name].fill_null("" if table["kind"] != "numeric" else np.nan).to_numpy()
            found += slices.measure(name, bins.codes(table, held), labels(table), y, p)
    return found


def _value(wanted: Quality, y: Floats, p: Floats, threshold: float) -> dict[str, Any] | None:
    if wanted.value is None:
        return None
    return {"currency": wanted.value["currency"], **value.measure(y, p, threshold, wanted.value)}


def _periods(days: Floats, y: Floats, p: Floats) -> list[dict[str, Any]]:
    """Days in a row that hold enough labels together to be measured; what is left joins the last.

    `from` and `to` are their first and last day (yyyy-mm-dd).
    """
    ends, begin = [], 0
    for end in [*(np.flatnonzero(days[1:] != days[:-1]) + 1).tolist(), len(days)]:
        if end - begin >= FEWEST_OF_A_PERIOD or end == len(days):
            ends.append((begin, end))
            begin = end
    if len(ends) > 1 and ends[-1][1] - ends[-1][0] < FEWEST_OF_A_PERIOD:
        ends[-2:] = [(ends[-2][0], ends[-1][1])]
    return [
        {
            "from": str(days[a]),
            "to": str(days[b - 1]),
            "rows": b - a,
            **{name: e.to_dict() for name, e in binary.judged(y[a:b], p[a:b]).items()},
        }
        for a, b in ends
        if b - a >= 2
    ]
