"""Whether the model still goes by the features that it went by when it was trained.

Each feature's contributions are judged as a column is, which holds the budget exactly however few
rows are explained; that the order of the features has changed (NDCG) is what makes it worth
knowing. The rows are explained by the explain function, from the model itself.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from functions.monitor import rows
from functions.monitor.part import Part
from functions.monitor.seen import Seen
from functions.monitor.store import Store
from functions.shared.files import Trouble
from penstock import bins, importance
from penstock.calibration import Finding, Look, findings
from penstock.calibration.tables import watched
from penstock.contract import Columns
from penstock.explanation import MOST_ROWS_OF_A_CALL
from penstock.statistics.attribution import WORTH, ndcg, ranking

KIND, RANKING = "attribution", "ranking"
MOST_BYTES = 5_000_000  # Lambda takes 6 MB
SHOWN = 12  # features in the report


def part(seen: Seen, store: Store) -> Part | None:
    """None where nobody wants to know, or no row is there to be explained."""
    if not seen.usecase.attribution or seen.window.sample.is_empty():
        return None
    known = seen.reference.attribution
    names = [column.name for column in seen.usecase.contract.columns]
    if known is None or (lacking := [n for n in names if n not in seen.window.sample.columns]):
        why = "the champion's baseline has none" if known is None else f"no {', '.join(lacking)}"
        return Part(KIND, {}, {}, [Trouble(f"attributions are not compared: {why}")])
    some = seen.window.sample.head(MOST_ROWS_OF_A_CALL)
    asked = carried(rows.instances(some, seen.usecase.contract))
    return judge(seen, known, contributions(store.explain(seen.champion, asked), known))


def carried(instances: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """The first of them that one invocation carries together: a free text may be long."""
    until = np.cumsum([len(json.dumps(one)) for one in instances])
    return instances[: max(int(np.searchsorted(until, MOST_BYTES)), 1)]


def contributions(explained: Sequence[Mapping[str, Any]], known: Mapping[str, Any]) -> Columns:
    """What each feature added to each row, float64 [n], from the explain function's answers."""
    return {
        name: np.array([one["contributions"][name] for one in explained], np.float64)
        for name in known["tables"]
    }


def judge(seen: Seen, known: Mapping[str, Any], now: Columns) -> Part:
    """A finding if contributions moved beyond chance and the features' order with them."""
    trained, current = known["features"], importance.of_features(now)
    columns = tuple(
        watched(name, table, bins.counts(table, now[name]), seen.reference.rows)
        for name, table in known["tables"].items()
    )
    judged = {found.column: found for found in findings(Look(seen.rules, columns))}
    order, moved = ndcg(trained, current), [f for f in judged.values() if f.p_value <= f.level]
    details = {
        "rows": len(next(iter(now.values()))),
        "ndcg": order,
        "worth_knowing": WORTH,
        "drifted": bool(moved) and order < WORTH,
        "features": _features(trained, current, judged),
    }
    least = min(judged.values(), key=lambda found: found.p_value)
    found = {RANKING: _words(details, least)} if details["drifted"] else {}
    return Part(KIND, found, details)


def _features(
    trained: Mapping[str, float], now: Mapping[str, float], judged: Mapping[str, Finding]
) -> dict[str, dict[str, Any]]:
    """Of the weightiest on either side: share of all attributions and place, then and now."""
    totals = [sum(side.values()) or 1.0 for side in (trained, now)]
    places = [{name: i for i, name in enumerate(ranking(side), 1)} for side in (trained, now)]
    weightiest = ranking({n: max(trained[n] / totals[0], now[n] / totals[1]) for n in trained})
    return {
        name: {
            "trained": trained[name] / totals[0],
            "now": now[name] / totals[1],
            "place_trained": places[0][name],
            "place_now": places[1][name],
            "p_value": judged[name].p_value,
        }
        for name in weightiest[:SHOWN]
    }


def _words(details: Mapping[str, Any], least: Finding) -> str:
    name, most = max(
        details["features"].items(), key=lambda item: abs(item[1]["now"] - item[1]["trained"])
    )
    return (
        f"the model goes by other features: NDCG {details['ndcg']:.2f} of the training's order "
        f"(below {WORTH:g} is worth knowing), p {max(least.p_value, 1e-300):.1g}; {name} had "
        f"{most['trained']:.0%} of all attributions, has {most['now']:.0%}"
    )
