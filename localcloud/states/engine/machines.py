"""What AWS checks when a machine is made, beyond what MiniStack checks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ministack.services import stepfunctions as sfn

from localcloud.states import definition, managed_rules, permission
from localcloud.states.engine.wire import Response, answer, refusal

Operation = Callable[[dict[str, Any]], Response]


def _wrong(request: dict[str, Any], machine: dict[str, Any]) -> Response | None:
    role = request.get("roleArn") or machine.get("roleArn", "")
    logging = request.get("loggingConfiguration") or machine.get("loggingConfiguration")
    kind = request.get("type") or machine.get("type", "STANDARD")
    if "definition" in request and (text := definition.problem(request["definition"], kind)):
        return refusal("InvalidDefinition", text)
    if text := permission.log_delivery(role, logging):
        return refusal("AccessDeniedException", text)
    text = request.get("definition") or machine.get("definition", "")
    if text and (text := managed_rules.refusal(role, text)):
        return refusal("AccessDeniedException", text)
    return None


def created(operation: Operation) -> Operation:
    return lambda request: _wrong(request, {}) or operation(request)


def updated(operation: Operation) -> Operation:
    def update(request: dict[str, Any]) -> Response:
        machine = sfn._state_machines.get(request.get("stateMachineArn", ""))
        return (machine and _wrong(request, machine)) or operation(request)

    return update


def validate(request: dict[str, Any]) -> Response:
    """ValidateStateMachineDefinition: everything that is wrong, up to maxResults."""
    found = []
    text = request.get("definition", "")
    for code, told in definition.problems(text, request.get("type", "STANDARD")):
        message, _, where = told.rpartition(" at /")
        one = {"severity": "ERROR", "code": code, "message": message or told}
        found.append({**one, "location": f"/{where}"} if message else one)
    most = int(request.get("maxResults") or 100)
    return answer(
        {
            "result": "FAIL" if found else "OK",
            "diagnostics": found[:most],
            "truncated": len(found) > most,
        }
    )


def refuse_test_state(_: dict[str, Any]) -> Response:
    """MiniStack's runs a state without its role, which would prove nothing."""
    return refusal("UnknownOperationException", "The local cloud does not do states:TestState")
