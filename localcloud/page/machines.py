"""State machines with what became of their executions, and the newest executions."""

from __future__ import annotations

from collections import Counter
from typing import Any

from ministack.services import stepfunctions as sfn

from localcloud.page.bounded import Document, first, newest, seconds


def machines() -> Document:
    counts: dict[str, Counter[str]] = {}
    for record in sfn._executions.values():
        counts.setdefault(record["stateMachineArn"], Counter())[record["status"]] += 1

    def shown(machine: dict[str, Any]) -> Document:
        arn = machine["stateMachineArn"]
        return {
            "arn": arn,
            "name": machine["name"],
            "type": machine["type"],
            "executions": dict(counts.get(arn, {})),
        }

    return first(sorted(sfn._state_machines.values(), key=lambda m: str(m["name"])), shown)


def executions() -> Document:
    """Without the children of a Map Run: they are counted by their parent."""
    parents = [r for r in sfn._executions.values() if not r.get("mapRunArn")]
    return newest(parents, lambda record: record["startDate"], summary)


def summary(record: dict[str, Any]) -> Document:
    return {
        "arn": record["executionArn"],
        "name": record["name"],
        "machine": record["stateMachineArn"].rpartition(":")[2],
        "status": record["status"],
        "started": seconds(record["startDate"]),
        "stopped": seconds(record["stopDate"]),
        "error": record.get("error"),
        "redrives": record.get("redriveCount", 0),
    }
