"""Why a training begins, in words: it stands in the lineage and the model package."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

LONGEST = 256
# A package's metadata takes letters, digits, space and these; the same words stand everywhere.
_OTHERS = re.compile(r"[^\w\s.:/=+\-@]")


def words(
    request: Mapping[str, Any],
    *,
    dataset_version: str,
    report: Mapping[str, Any] | None,
    new_labels: int,
    schedule_days: int | None,
) -> str:
    """`report`: the newest look of the monitor's, whose findings an alarm stands for."""
    said = {
        "dataset": lambda: f"dataset {dataset_version}",
        "drift": lambda: _found((report or {}).get("findings", [])),
        "labels": lambda: f"{new_labels} new labels",
        "schedule": lambda: f"schedule: every {schedule_days or 'so many'} days",
        "manual": lambda: f"asked for by {request.get('by') or 'a person'}",
    }[request["trigger"]]()
    if note := request.get("reason"):
        said = f"{said}: {note}"
    return " ".join(_OTHERS.sub(" ", said).split())[:LONGEST].strip()


def _found(findings: Sequence[Mapping[str, str]]) -> str:
    """drift: tenure + monthly charges since ...; quality: ROC AUC 0.81 was 0.97 since ..."""
    kinds: dict[str, list[Mapping[str, str]]] = {}
    for each in findings:
        kinds.setdefault(each["kind"], []).append(each)
    told = [
        f"{kind}: {' + '.join(map(_name, of))} since {min(each['since'] for each in of)[:16]}"
        for kind, of in kinds.items()
    ]
    return " and ".join(told) or "drift: the alarm is on"


def _name(found: Mapping[str, str]) -> str:
    """A loss of quality with its figures, which begin its reason: `0.81 (0.7 to 0.9), at ...`."""
    if found["kind"] != "quality":
        return found["name"]
    figures = re.match(r"([\d.e-]+) \(.*?\), at evaluation ([\d.e-]+)", found["why"])
    return f"{found['name']} {figures[1]} was {figures[2]}" if figures else found["name"]
