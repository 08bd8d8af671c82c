"""Distributed Map: each item, or batch of items, is a child execution of a Map Run."""

from __future__ import annotations

import json
import threading
from collections import deque
from contextvars import copy_context
from typing import Any

from ministack.core.responses import new_uuid, now_iso
from ministack.services import stepfunctions as sfn

from localcloud.states import permission
from localcloud.states.engine import history, map_record, readers, values, writer
from localcloud.states.engine.batches import inputs, items_of
from localcloud.states.engine.fault import Bad, Fault
from localcloud.states.engine.scope import Cancellation, Run, Scope


def run(state: dict[str, Any], processor: dict[str, Any], scope: Scope, raw: Any) -> Any:
    data = values.entering(state, scope, raw, whole=True)
    parts = scope.place.setdefault("parts", {})
    permission.require(scope.run.role, "states:StartExecution", _arn(scope, "stateMachine"))
    if "inputs" not in parts:  # a redrive goes on with those that it had
        parts["inputs"] = inputs(state, scope, data, _items(state, scope, data))
    history.add(scope, "MapStateStarted", {"length": sum(size for _, size in parts["inputs"])})
    going = MapRun(state, processor, scope, data)
    try:
        children = going.follow()
        result = writer.write(state, scope, data, going.arn, children)
        going.counts.check()
        going.end("SUCCEEDED")
    except Fault as fault:
        going.end("FAILED")
        history.add(scope, "MapRunFailed", {"error": fault.error, "cause": fault.cause})
        history.add(scope, "MapStateFailed")
        raise
    finally:
        going.end("ABORTED")  # when it did not end before
    history.add(scope, "MapRunSucceeded")
    history.add(scope, "MapStateSucceeded")
    return values.leaving(state, scope, raw, result)


def _arn(scope: Scope, kind: str) -> str:
    arn = str(scope.run.record["stateMachineArn"])
    return arn.replace(":stateMachine:", f":{kind}:")


def _items(state: dict[str, Any], scope: Scope, data: Any) -> list[Any]:
    reads = "ItemReader" in state
    items = readers.read(state, scope, data) if reads else items_of(state, scope, data)
    if isinstance(items, dict):
        items = [{"Key": key, "Value": value} for key, value in items.items()]
    if not isinstance(items, list):
        raise Bad("The items of a Map state must be an array")
    return items


class MapRun:
    """Its inputs, its ARN and its children's are kept in the scope's place, for a redrive."""

    def __init__(
        self, state: dict[str, Any], processor: dict[str, Any], scope: Scope, data: Any
    ) -> None:
        self._processor, self._scope, parts = processor, scope, scope.place["parts"]
        self._changed = threading.Condition()
        self._cancelled = Cancellation(scope.cancelled)
        self._running, self._inputs = 0, parts["inputs"]
        self._known: dict[int, str] = parts.setdefault("children", {})
        self._label = state.get("Label") or parts.setdefault("label", new_uuid())
        self._again = "mapRun" in parts
        self.arn: str = parts.setdefault(
            "mapRun", f"{_arn(scope, 'mapRun')}/{self._label}:{new_uuid()}"
        )
        if not self._again:
            made = map_record.new(self.arn, self._label, state, scope, data)
            sfn._map_runs[self.arn] = made
        self.record = sfn._map_runs[self.arn]
        self.counts = map_record.Counts(self.record, [size for _, size in self._inputs])
        self._pending = deque(range(len(self._inputs)))

    def follow(self) -> list[dict[str, Any]]:
        """Run every child that has not succeeded yet; gives the records of all that began."""
        self._announce()
        for index, arn in self._known.items():
            if sfn._executions[arn]["status"] == "SUCCEEDED":
                self._pending.remove(index)
                self.counts.begin(index)
                self.counts.end(index, "SUCCEEDED")
        with self._changed:
            while self._more() or self._running:
                while self._more() and self._running < self.counts.at_once():
                    self._start(self._pending.popleft())
                self._changed.wait(0.2)  # UpdateMapRun may have changed something meanwhile
        self._scope.check()
        return [sfn._executions[arn] for _, arn in sorted(self._known.items())]

    def _announce(self) -> None:
        if not self._again:
            history.add(self._scope, "MapRunStarted", {"mapRunArn": self.arn})
            return
        count = self.record["redriveCount"] + 1
        self.record.update(status="RUNNING", redriveCount=count, redriveDate=now_iso())
        self.record.pop("stopDate", None)
        told = {"mapRunArn": self.arn, "redriveCount": count}
        history.add(self._scope, "MapRunRedriven", told)

    def _more(self) -> bool:
        return bool(self._pending) and not (
            self._scope.cancelled.is_set() or self.counts.exceeded()
        )

    def _start(self, index: int) -> None:
        self._running += 1
        self.counts.begin(index)
        words = (self._child, index)
        threading.Thread(target=copy_context().run, args=words, daemon=True).start()

    def _child(self, index: int) -> None:
        from localcloud.states.engine import ending  # it walks to us

        status = "FAILED"
        try:
            run = Run(self._record_of(index), Cancellation(self._cancelled))
            ending.follow(run, self._processor, self._scope.language)
            ending.end(run, "ABORTED")  # when it was left in mid-way
            status = run.record["status"]
        finally:
            with self._changed:
                self.counts.end(index, status)
                self._running -= 1
                if self.counts.exceeded():
                    self._cancelled.set()
                self._changed.notify_all()

    def _record_of(self, index: int) -> dict[str, Any]:
        from localcloud.states.engine import ending

        if index in self._known:
            record: dict[str, Any] = sfn._executions[self._known[index]]
            count = record["redriveCount"] + 1
            record.update(status="RUNNING", stopDate=None, redriveCount=count)
            record.update(redriveDate=now_iso(), error=None, cause=None)
            return record
        kind = self._processor["ProcessorConfig"].get("ExecutionType", "STANDARD")
        machine = {**self._scope.run.record["_machine"], "type": kind}
        arn = f"{_arn(self._scope, 'execution')}/{self._label}:{new_uuid()}"
        text = json.dumps(self._inputs[index][0])
        record = ending.new_record(arn, self.record["_stateMachineArn"], machine, text)
        record["mapRunArn"] = self.arn
        sfn._executions[arn] = record
        self._known[index] = arn
        return record

    def end(self, status: str) -> None:
        if self.record["status"] == "RUNNING":
            self.record.update(status=status, stopDate=now_iso())
