"""How an execution begins and ends: its record, its last event, and that it ends only once."""

from __future__ import annotations

import json
from typing import Any

from ministack.core.responses import now_iso

from localcloud.states.engine import history
from localcloud.states.engine.fault import Ended, Fault
from localcloud.states.engine.machine import walk
from localcloud.states.engine.scope import Run, Scope

_EVENTS = {
    "SUCCEEDED": "ExecutionSucceeded",
    "FAILED": "ExecutionFailed",
    "ABORTED": "ExecutionAborted",
    "TIMED_OUT": "ExecutionTimedOut",
}


def new_record(arn: str, machine_arn: str, machine: dict[str, Any], text: str) -> dict[str, Any]:
    """`machine` is what the execution runs, whatever becomes of the machine meanwhile."""
    return {
        "executionArn": arn,
        "stateMachineArn": machine_arn,
        "name": arn.rpartition(":")[2],
        "status": "RUNNING",
        "startDate": now_iso(),
        "stopDate": None,
        "input": text,
        "inputDetails": {"included": True},
        "output": None,
        "outputDetails": {"included": True},
        "redriveCount": 0,
        "events": [],
        "_machine": machine,
        "_place": {},
    }


def follow(run: Run, definition: dict[str, Any], language: str) -> None:
    """Walk the execution to its end, whatever that is."""
    record = run.record
    value = json.loads(record["input"])
    execution = {
        "Id": record["executionArn"],
        "Input": value,
        "Name": record["name"],
        "RoleArn": run.role,
        "StartTime": record["startDate"],
        "RedriveCount": record["redriveCount"],
    }
    if record.get("redriveDate"):
        execution["RedriveTime"] = record["redriveDate"]
    named = {"Id": record["stateMachineArn"], "Name": record["_machine"]["name"]}
    context = {"Execution": execution, "StateMachine": named}
    scope = Scope(run, language, context, record["_place"], run.cancelled)
    scope.previous = len(record["events"])
    try:
        output = json.dumps(walk(definition, scope, value))
        end(run, "SUCCEEDED", scope.previous, output=output)
    except Ended:
        return
    except Fault as fault:
        end(run, "FAILED", scope.previous, error=fault.error, cause=fault.cause)
    except Exception as error:
        end(run, "FAILED", scope.previous, error="States.Runtime", cause=repr(error))


def end(run: Run, status: str, previous: int | None = None, **facts: Any) -> bool:
    """False: it had ended before."""
    with run.lock:
        record = run.record
        if record["status"] != "RUNNING":
            return False
        record.update(facts, stopDate=now_iso())
        told = {key: part for key, part in facts.items() if part}
        if "output" in told:
            told["outputDetails"] = {"truncated": False}
        last = len(record["events"]) if previous is None else previous
        history.write(run, _EVENTS[status], told, last)
        record["status"] = status
    run.cancelled.set()
    return True
