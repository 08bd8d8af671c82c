"""What a look found, as one JSON object: the page, the details and the messages are made of it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from functions.monitor import columns, texts, training
from functions.monitor.columns import DRIFT, REFUSED
from functions.monitor.part import Part
from functions.monitor.scan import SCORE
from functions.monitor.seen import Report, Seen
from functions.shared.files import Trouble

KEPT = 96  # looks that the page shows the course of


def make(seen: Seen, parts: Sequence[Part] = (), failed: Sequence[Trouble] = ()) -> Report:
    """findings: what should call someone, of every kind; fresh: those that the look before had not.

    failed: what kept a part from being looked at.
    """
    ranked, troubles = columns.judged(seen)
    found, lasting = _findings(seen, ranked, parts), seen.lasting()
    refused = ranked.pop(REFUSED)
    of_parts = [trouble for part in parts for trouble in part.troubles]
    report = {
        "usecase": seen.usecase.name,
        "environment": seen.environment,
        "at": seen.stamp,
        "window": {
            "from": seen.since.isoformat(timespec="seconds"),
            "to": seen.stamp,
            "hours": seen.usecase.window_hours,
        },
        "rows": seen.sketch.rows,
        "baseline_rows": seen.reference.rows,
        "champion": {
            name: seen.champion.get(name)
            for name in ("version", "model_package_arn", "dataset_version", "training_job")
        },
        "rules": asdict(seen.rules),
        "findings": found,
        "fresh": [f for f in found if (f["kind"], f["name"]) not in lasting],
        "drifted": [f["name"] for f in found if f["kind"] == DRIFT],
        "columns": ranked,
        "texts": texts.told(seen.reference.texts),
        "refused": {**refused, "rows": seen.refused, "reasons": dict(seen.sketch.refused)},
        **{part.kind: part.details for part in parts},
        "retraining": seen.held_back,
        "training": training.told(*seen.training, seen.champion),
        "troubles": [asdict(t) for t in [*seen.reference.troubles, *troubles, *of_parts, *failed]],
    }
    return {**report, "history": _history(seen, report)}


def of(report: Report, name: str) -> dict[str, Any]:
    found: dict[str, Any] = report["refused"] if name == REFUSED else report["columns"][name]
    return found


def _findings(
    seen: Seen, ranked: Mapping[str, Mapping[str, Any]], parts: Sequence[Part]
) -> list[dict[str, str]]:
    """The columns' first, in the order of their rank."""
    calls = [(columns.kind(name), name, c["why"]) for name, c in ranked.items() if c["drifted"]]
    calls += [(part.kind, name, why) for part in parts for name, why in part.found.items()]
    lasting = seen.lasting()
    return [
        {"kind": kind, "name": name, "why": why, "since": lasting.get((kind, name), seen.stamp)}
        for kind, name, why in calls
    ]


def _history(seen: Seen, report: Report) -> list[dict[str, Any]]:
    scores = report["columns"].get(SCORE)
    worst = max((c["shift"] for c in report["columns"].values()), default=0.0)
    point = {
        "at": report["at"],
        "version": report["champion"]["version"],
        "rows": report["rows"],
        "refused": seen.refused,
        "drifted": len(report["findings"]),
        "worst": worst,
        "score": scores["actual"] if scores else [],
    }
    return [*(seen.previous or {}).get("history", []), point][-KEPT:]
