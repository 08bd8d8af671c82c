"""StartExecution, StartSyncExecution, StopExecution and RedriveExecution."""

from __future__ import annotations

import copy
import json
import re
import threading
from contextvars import copy_context
from typing import Any

from ministack.core.responses import (
    get_account_id,
    get_region,
    new_uuid,
    now_iso,
)
from ministack.services import stepfunctions as sfn

from localcloud import clock
from localcloud.states.engine import announce, ending, history
from localcloud.states.engine.scope import Run
from localcloud.states.engine.wire import Response, answer, refusal

_EXPRESS_SECONDS = 300  # real: what an express workflow does is work
_ENDING_SECONDS = 5  # for the last thread of a run that was stopped
_runs: dict[str, Run] = {}


class Refused(Exception):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.answer = refusal(code, message)


def _machine(arn: str) -> tuple[str, dict[str, Any], dict[str, str]]:
    """(the machine's ARN, what an execution runs, the version and alias that were named)."""
    base = sfn._resolve_state_machine_arn(arn)
    if base is None:
        raise Refused("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn}'")
    named = {}
    version = sfn._execution_version_arn(arn)
    if version in sfn._state_machine_versions:
        named["stateMachineVersionArn"] = version
        if arn != version:
            named["stateMachineAliasArn"] = arn
    machine = sfn._state_machines[base]
    chosen = sfn._state_machine_versions.get(version, machine)
    kept = {
        key: copy.deepcopy(chosen.get(key))
        for key in ("definition", "roleArn", "type", "loggingConfiguration")
    }
    return base, {**kept, "name": machine["name"]}, named


def _new(request: dict[str, Any]) -> tuple[Run, bool]:
    """(the run, whether it is new): StartExecution is idempotent while the execution runs."""
    base, machine, named = _machine(request.get("stateMachineArn", ""))
    text = request.get("input", "{}")
    try:
        json.loads(text)
    except ValueError as error:
        raise Refused(
            "InvalidExecutionInput", f"Invalid State Machine Execution Input: '{error}'"
        ) from error
    name = request.get("name") or new_uuid()
    if not re.fullmatch(r"[^\s<>{}\[\]?*\"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f]{1,80}", name):
        raise Refused("InvalidName", f"Invalid Name: '{name}'")
    kind = "execution"
    if machine["type"] == "EXPRESS":
        kind, name = "express", f"{name}:{new_uuid()}"
    arn = f"arn:aws:states:{get_region()}:{get_account_id()}:{kind}:{machine['name']}:{name}"
    if old := sfn._executions.get(arn):
        if old["status"] == "RUNNING" and old["input"] == text and arn in _runs:
            return _runs[arn], False
        raise Refused("ExecutionAlreadyExists", f"Execution Already Exists: '{arn}'")
    record = ending.new_record(arn, base, machine, text)
    record.update(named, name=name.partition(":")[0])
    run = Run(record)
    sfn._executions[arn], _runs[arn] = record, run
    return run, True


def start(request: dict[str, Any]) -> Response:
    try:
        run, new = _new(request)
    except Refused as refused:
        return refused.answer
    if new:
        threading.Thread(target=copy_context().run, args=(_begin, run), daemon=True).start()
    record = run.record
    return answer({name: record[name] for name in ("executionArn", "startDate")})


def start_sync(request: dict[str, Any]) -> Response:
    try:
        _, machine, _ = _machine(request.get("stateMachineArn", ""))
        if machine["type"] != "EXPRESS":
            text = "This operation is not supported by this type of state machine"
            raise Refused("StateMachineTypeNotSupported", text)
        run, _ = _new(request)
    except Refused as refused:
        return refused.answer
    _begin(run)
    record = run.record
    names = (
        "executionArn stateMachineArn name startDate stopDate status input inputDetails "
        "output outputDetails error cause"
    )
    told = {name: record[name] for name in names.split() if record.get(name) is not None}
    memory = {"billedMemoryUsedInMB": 64, "billedDurationInMilliseconds": 100}
    return answer({**told, "billingDetails": memory})


def _begin(run: Run) -> None:
    told = {
        "input": run.record["input"],
        "inputDetails": {"truncated": False},
        "roleArn": run.role,
    }
    named = ("stateMachineVersionArn", "stateMachineAliasArn")
    told |= {name: run.record[name] for name in named if name in run.record}
    history.write(run, "ExecutionStarted", told, 0)
    _follow(run)


def _follow(run: Run) -> None:
    announce.status(run)
    definition = json.loads(run.record["_machine"]["definition"])
    seconds = definition.get("TimeoutSeconds")
    limit = clock.work(_EXPRESS_SECONDS) if run.express else None
    limit = clock.after(seconds) if seconds else limit
    if limit is not None:
        words = (_limit, run, limit)
        threading.Thread(target=copy_context().run, args=words, daemon=True).start()
    ending.follow(run, definition, definition.get("QueryLanguage", "JSONPath"))
    _runs.pop(run.record["executionArn"], None)
    run.over.set()
    if run.record["status"] in ("SUCCEEDED", "FAILED"):  # who ended it otherwise has told it
        announce.status(run)


def _limit(run: Run, limit: clock.Deadline) -> None:
    if limit.wait(run.cancelled) and ending.end(run, "TIMED_OUT", error="States.Timeout"):
        announce.status(run)


def stop(request: dict[str, Any]) -> Response:
    arn = request.get("executionArn", "")
    record = sfn._executions.get(arn)
    if record is None or ":express:" in arn:
        return refusal("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'")
    run = _runs.get(arn)
    facts = {name: request[name] for name in ("error", "cause") if request.get(name)}
    if run is not None and ending.end(run, "ABORTED", **facts):
        announce.status(run)
    return answer({"stopDate": record["stopDate"]})


def redrive(request: dict[str, Any]) -> Response:
    arn = request.get("executionArn", "")
    record = sfn._executions.get(arn)
    if record is None or ":express:" in arn:
        return refusal("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'")
    before = _runs.get(arn)
    settled = before is None or (before.cancelled.is_set() and before.over.wait(_ENDING_SECONDS))
    if not settled or announce.redrive_status(record)["redriveStatus"] != "REDRIVABLE":
        text = f"Execution is not redrivable: '{arn}' is {record['status']}"
        return refusal("ExecutionNotRedrivable", text)
    record.update(status="RUNNING", stopDate=None, output=None, error=None, cause=None)
    record.update(redriveCount=record["redriveCount"] + 1, redriveDate=now_iso())
    run = _runs[arn] = Run(record)
    told = {"redriveCount": record["redriveCount"]}
    history.write(run, "ExecutionRedriven", told, len(record["events"]))
    threading.Thread(target=copy_context().run, args=(_follow, run), daemon=True).start()
    return answer({"redriveDate": record["redriveDate"]})
