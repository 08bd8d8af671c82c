"""One execution: its graph, what became of each state, and a state's input, output and error."""

from __future__ import annotations

import json
from typing import Any

from ministack.services import stepfunctions as sfn

from localcloud.json_service import ServiceError
from localcloud.page import machines, visits
from localcloud.page.bounded import Document, of, text
from localcloud.page.graph import drawing

_MOST_VISITS = 20
_MOST_CHILDREN = 20


def detail(arn: str) -> Document:
    record = _find(arn)
    status = record["status"]
    by_state: dict[str, list[visits.Visit]] = {}
    for visit in visits.visits(list(record["events"])):
        by_state.setdefault(visit.name, []).append(visit)
    definition = json.loads(record["_machine"]["definition"])
    if record.get("mapRunArn"):
        definition = _processor(definition, set(by_state)) or definition
    return {
        **machines.summary(record),
        "input": text(record["input"]),
        "output": text(record["output"]),
        "cause": text(record.get("cause")),
        "graph": drawing(json.dumps(definition)),
        "states": {name: visits.summary(found, status) for name, found in by_state.items()},
        "map_runs": [_map_run(run) for run in _map_runs(arn)],
    }


def state(arn: str, name: str) -> Document:
    """The last visits of a state, the newest first."""
    record = _find(arn)
    found = [v for v in visits.visits(list(record["events"])) if v.name == name]
    chosen = [visits.shown(visit, record["status"]) for visit in reversed(found[-_MOST_VISITS:])]
    return {"name": name, "definition": _state_of(record, name), **of(chosen, len(found))}


def _find(arn: str) -> dict[str, Any]:
    record: dict[str, Any] | None = sfn._executions.get(arn)
    if record is None:
        raise ServiceError("ExecutionDoesNotExist", f"there is no execution {arn!r}", 404)
    return record


def _levels(definition: Document) -> list[Document]:
    """The definition and every one inside it."""
    found = [definition]
    for each in definition.get("States", {}).values():
        inner = [*each.get("Branches", []), each.get("ItemProcessor") or each.get("Iterator")]
        for level in filter(None, inner):
            found += _levels(level)
    return found


def _state_of(record: dict[str, Any], name: str) -> Document | None:
    """As it was defined, without what is inside it."""
    definition = json.loads(record["_machine"]["definition"])
    for level in _levels(definition):
        if name in level.get("States", {}):
            inner = ("Branches", "ItemProcessor", "Iterator")
            return {k: v for k, v in level["States"][name].items() if k not in inner}
    return None


def _processor(definition: Document, names: set[str]) -> Document | None:
    """What a child of a Map Run runs: the level that holds the states it entered."""
    levels = [level for level in _levels(definition) if names and names & set(level["States"])]
    return levels[0] if levels else None


def _map_runs(arn: str) -> list[dict[str, Any]]:
    return [run for run in sfn._map_runs.values() if run["executionArn"] == arn]


def _map_run(run: dict[str, Any]) -> Document:
    children = [r for r in sfn._executions.values() if r.get("mapRunArn") == run["mapRunArn"]]
    counts = run.get("itemCounts", {})
    order = {"RUNNING": 0, "FAILED": 1, "TIMED_OUT": 1, "ABORTED": 2}
    children.sort(key=lambda record: order.get(record["status"], 3))
    chosen = [machines.summary(record) for record in children[:_MOST_CHILDREN]]
    shown = ("total", "pending", "running", "succeeded", "failed", "timedOut", "aborted")
    return {
        "arn": run["mapRunArn"],
        "status": run["status"],
        "items": {name: counts.get(name, 0) for name in shown},
        "children": of(chosen, len(children)),
    }
