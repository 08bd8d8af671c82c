"""What MiniStack's descriptions of executions leave out: redrives, versions, definitions as run."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ministack.services import stepfunctions as sfn

from localcloud.states.engine import announce
from localcloud.states.engine.wire import Response, answer, refusal

Operation = Callable[[dict[str, Any]], Response]
_SHOWN = ("redriveCount", "redriveDate", "stateMachineVersionArn", "stateMachineAliasArn")


def _facts(record: dict[str, Any]) -> dict[str, Any]:
    return {name: record[name] for name in _SHOWN if record.get(name) is not None}


def _changed(told: Response, change: Callable[[dict[str, Any]], None]) -> Response:
    if told[0] != 200:
        return told
    document = json.loads(told[2])
    change(document)
    return answer(document)


def not_for_express(operation: Operation) -> Operation:
    """An express execution leaves no record that can be asked for."""

    def ask(request: dict[str, Any]) -> Response:
        arn = str(request.get("executionArn", ""))
        if ":express:" in arn:
            text = f"Execution Does Not Exist: '{arn}'"
            return refusal("ExecutionDoesNotExist", text)
        return operation(request)

    return ask


def described(operation: Operation) -> Operation:
    def describe(request: dict[str, Any]) -> Response:
        def change(document: dict[str, Any]) -> None:
            record = sfn._executions[document["executionArn"]]
            document |= _facts(record) | announce.redrive_status(record)

        return _changed(operation(request), change)

    return not_for_express(describe)


def listed(operation: Operation) -> Operation:
    def list_executions(request: dict[str, Any]) -> Response:
        arn = request.get("stateMachineArn", "")
        if arn and sfn._resolve_state_machine_arn(arn) is None:
            text = f"State Machine Does Not Exist: '{arn}'"
            return refusal("StateMachineDoesNotExist", text)
        if (sfn._state_machines.get(arn) or {}).get("type") == "EXPRESS":
            text = "This operation is not supported by this type of state machine"
            return refusal("StateMachineTypeNotSupported", text)

        def change(document: dict[str, Any]) -> None:
            wanted = request.get("redriveFilter")
            for item in document["executions"]:
                item |= _facts(sfn._executions[item["executionArn"]])
            document["executions"] = [
                item
                for item in document["executions"]
                if not wanted or (wanted == "REDRIVEN") == bool(item["redriveCount"])
            ]

        return _changed(operation(request), change)

    return list_executions


def definition_as_run(operation: Operation) -> Operation:
    """The definition with which the execution began, not the machine's of today."""

    def describe(request: dict[str, Any]) -> Response:
        def change(document: dict[str, Any]) -> None:
            record = sfn._executions[request["executionArn"]]
            machine = record["_machine"]
            document |= {key: machine[key] for key in ("definition", "roleArn")}
            document["loggingConfiguration"] = machine["loggingConfiguration"]
            if record.get("mapRunArn"):
                document["mapRunArn"] = record["mapRunArn"]

        return _changed(operation(request), change)

    return not_for_express(describe)
