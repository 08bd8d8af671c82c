"""What a look found, as one JSON object: the page, the details and the messages are made of it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from functions.monitor.files import Trouble
from functions.monitor.reference import Reference
from functions.monitor.scan import SCORE
from functions.monitor.sketch import Sketch
from functions.shared.usecase import Deployed
from penstock.calibration import Finding, Look, Rules, Watched, findings
from penstock.calibration.tables import share, watched
from penstock.errors import PenstockError

REFUSED = "refused"
KEPT = 96  # looks that the page shows the course of
Report = dict[str, Any]


@dataclass(frozen=True)
class Seen:
    """All that a report is made of; `previous`: the report of the look before, if there is one."""

    usecase: Deployed
    environment: str
    champion: Mapping[str, Any]
    since: datetime
    now: datetime
    reference: Reference
    sketch: Sketch
    troubles: list[Trouble]
    previous: Report | None = None

    @property
    def refused(self) -> int:
        return sum(self.sketch.refused.values())


def make(seen: Seen) -> Report:
    """Columns by how much they matter: the drifted first, by shift x importance."""
    columns, troubles = _watched(seen)
    found = {f.column: f for f in findings(Look(_rules(seen.usecase), tuple(columns)))}
    since = _since(seen)
    watched_by = {w.name: w for w in columns}
    told = {name: _column(seen, watched_by[name], f, since) for name, f in found.items()}
    ranked = dict(sorted(told.items(), key=lambda item: (not item[1]["drifted"], -item[1]["rank"])))
    drifted = [name for name, column in ranked.items() if column["drifted"]]
    refused = ranked.pop(REFUSED)
    report = {
        "usecase": seen.usecase.name,
        "environment": seen.environment,
        "at": seen.now.isoformat(timespec="seconds"),
        "window": {
            "from": seen.since.isoformat(timespec="seconds"),
            "to": seen.now.isoformat(timespec="seconds"),
            "hours": seen.usecase.window_hours,
        },
        "rows": seen.sketch.rows,
        "baseline_rows": seen.reference.rows,
        "champion": {
            name: seen.champion.get(name)
            for name in ("version", "model_package_arn", "dataset_version", "training_job")
        },
        "rules": asdict(_rules(seen.usecase)),
        "drifted": drifted,
        "fresh": [name for name in drifted if name not in since],  # not at the look before
        "columns": ranked,
        "refused": {**refused, "rows": seen.refused, "reasons": dict(seen.sketch.refused)},
        "troubles": [asdict(t) for t in [*seen.reference.troubles, *troubles]],
    }
    return {**report, "history": _history(seen, report)}


def of(report: Report, name: str) -> dict[str, Any]:
    found: dict[str, Any] = report["refused"] if name == REFUSED else report["columns"][name]
    return found


def _rules(usecase: Deployed) -> Rules:
    return Rules(usecase.false_alarms_per_year, usecase.looks_per_year, usecase.smallest_shift)


def _watched(seen: Seen) -> tuple[list[Watched], list[Trouble]]:
    """A column that cannot be compared is told of, the others are compared."""
    columns, troubles = [], list(seen.troubles)
    for name, entry in seen.reference.fields.items():
        try:
            bins = seen.sketch.fields[name].bins
            columns.append(watched(name, entry, bins, seen.reference.rows))
        except PenstockError as error:
            troubles.append(Trouble(f"{name} is not compared: {error}", name))
    asked = seen.sketch.rows + seen.refused
    columns.append(share(REFUSED, (seen.reference.rows, 0), (asked, seen.refused)))
    return columns, troubles


def _column(
    seen: Seen, column: Watched, finding: Finding, since: Mapping[str, str]
) -> dict[str, Any]:
    expected, actual = (side.tolist() for side in column.pair.shares)
    importance = seen.reference.importance.get(column.name)
    now = seen.now.isoformat(timespec="seconds")
    told = finding.to_dict()
    return {
        **{name: told[name] for name in told if name not in ("column", "rows")},
        "kind": "category" if column.pair.edges is None else "numeric",
        "psi": finding.statistics.get("psi", 0.0),
        "bins": list(column.labels),
        "expected": expected,
        "actual": actual,
        "since": since.get(column.name, now) if finding.drifted else None,
        "importance": importance,
        "rank": finding.shift * (1.0 if importance is None else importance),
    }


def _since(seen: Seen) -> dict[str, str]:
    """Since when what had drifted at the look before has, if that was at the same champion."""
    before = seen.previous
    package = seen.champion.get("model_package_arn")
    if before is None or before["champion"]["model_package_arn"] != package:
        return {}
    return {name: of(before, name)["since"] for name in before["drifted"]}


def _history(seen: Seen, report: Report) -> list[dict[str, Any]]:
    scores = report["columns"].get(SCORE)
    worst = max((c["shift"] for c in report["columns"].values()), default=0.0)
    point = {
        "at": report["at"],
        "version": report["champion"]["version"],
        "rows": report["rows"],
        "refused": seen.refused,
        "drifted": len(report["drifted"]),
        "worst": worst,
        "score": scores["actual"] if scores else [],
    }
    return [*(seen.previous or {}).get("history", []), point][-KEPT:]
