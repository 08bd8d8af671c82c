"""A Map Run's record: its counts, and how many failures it puts up with."""

from __future__ import annotations

from typing import Any

from ministack.core.responses import now_iso

from localcloud.states.engine import values
from localcloud.states.engine.fault import Fault
from localcloud.states.engine.scope import Scope

_MOST_AT_ONCE = 64  # threads of this machine; AWS has room for 10,000
_ENDED = {"SUCCEEDED": "succeeded", "FAILED": "failed"}
_ENDED |= {"TIMED_OUT": "timedOut", "ABORTED": "aborted"}
_COUNTS = ("pending", "running", *_ENDED.values(), "total", "resultsWritten")
_COUNTS += ("failuresNotRedrivable", "pendingRedrive")
_NUMBERS = ("MaxConcurrency", "ToleratedFailurePercentage", "ToleratedFailureCount")


def new(arn: str, label: str, state: dict[str, Any], scope: Scope, data: Any) -> dict[str, Any]:
    """What DescribeMapRun shows; keys that begin with "_" are not shown."""
    machine = scope.run.record["stateMachineArn"]
    numbers = {name: values.number(state, name, scope, data, 0) for name in _NUMBERS}
    return {
        "mapRunArn": arn,
        "executionArn": scope.run.record["executionArn"],
        "status": "RUNNING",
        "startDate": now_iso(),
        "maxConcurrency": int(numbers["MaxConcurrency"]),
        "toleratedFailurePercentage": float(numbers["ToleratedFailurePercentage"]),
        "toleratedFailureCount": int(numbers["ToleratedFailureCount"]),
        "redriveCount": 0,
        "_stateMachineArn": f"{machine}/{label}",
        "_limits": sorted(name for name in _NUMBERS[1:] if {name, f"{name}Path"} & state.keys()),
    }


class Counts:
    """Changes the record; UpdateMapRun's changes of it count at once."""

    def __init__(self, record: dict[str, Any], sizes: list[int]) -> None:
        self.record, self._sizes = record, sizes
        for name, total in (("itemCounts", sum(sizes)), ("executionCounts", len(sizes))):
            record[name] = dict.fromkeys(_COUNTS, 0) | {"total": total, "pending": total}

    def begin(self, index: int) -> None:
        self._move(index, "pending", "running")

    def end(self, index: int, status: str) -> None:
        self._move(index, "running", _ENDED[status])

    def _move(self, index: int, before: str, after: str) -> None:
        for name, size in (("itemCounts", self._sizes[index]), ("executionCounts", 1)):
            self.record[name][before] -= size
            self.record[name][after] += size

    def at_once(self) -> int:
        return min(self.record["maxConcurrency"] or _MOST_AT_ONCE, _MOST_AT_ONCE)

    def exceeded(self) -> bool:
        """Without a tolerance any failure is one too many; of two, either ends the run."""
        counts = self.record["itemCounts"]
        failed = counts["failed"] + counts["timedOut"]
        share = failed * 100 > self.record["toleratedFailurePercentage"] * counts["total"]
        number = failed > self.record["toleratedFailureCount"]
        over = {"ToleratedFailurePercentage": share, "ToleratedFailureCount": number}
        limits = self.record["_limits"]
        return bool(failed) and (any(over[name] for name in limits) if limits else True)

    def check(self) -> None:
        if self.exceeded():
            raise Fault(
                "States.ExceedToleratedFailureThreshold",
                "The specified tolerated failure threshold was exceeded",
            )
