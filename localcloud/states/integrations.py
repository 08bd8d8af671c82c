"""Puts our task calls in the place of MiniStack's, which act without any role."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextvars import copy_context
from typing import Any

from localcloud.json_service import model
from localcloud.states import definition, nested, parameters, resource, task, training


def install() -> None:
    from ministack.services import stepfunctions as sfn
    from ministack.services.cloudformation import provisioners

    original_task, original_resource = sfn._execute_task, sfn._invoke_resource
    original_jsonata, original_fail = sfn._validate_definition_jsonata, sfn._fail_execution
    create = provisioners._RESOURCE_HANDLERS["AWS::StepFunctions::StateMachine"]["create"]

    def execute_task(state: Any, value: Any, record: Any, context: Any) -> Any:
        machine = sfn._state_machines.get(record.get("stateMachineArn", "")) or {}
        token = task.current.set(task.Execution(record, machine.get("roleArn", "")))
        try:
            return original_task(state, value, record, context)
        finally:
            task.current.reset(token)

    def invoke(name: str, value: Any) -> Any:
        if task.execution().over():
            raise task.failure("States.TaskFailed", "the execution has ended")
        if ":activity:" in name:
            return original_resource(name, value)
        return call(name, value)

    def validate(text: str | None) -> str | None:
        return original_jsonata(text) or definition.problem(text or "{}")

    def create_machine(logical_id: str, properties: dict[str, Any], stack: str) -> Any:
        if wrong := definition.problem(provisioners._sfn_definition(properties)):
            raise provisioners._sfn_handler_error(wrong)
        return create(logical_id, properties, stack)

    def fail(record: dict[str, Any], error: str, cause: str) -> None:
        if record["status"] == "RUNNING":  # an aborted execution stays aborted
            original_fail(record, error, cause)

    sfn._execute_task = execute_task
    sfn._invoke_resource = invoke
    sfn._invoke_resource_with_timeout = _with_timeout
    sfn._call_lambda = lambda function, value: task.invoke_lambda(function, value)["Payload"]
    sfn._invoke_aws_sdk_integration = call
    sfn._SERVICE_DISPATCH.clear()
    sfn._invoke_nested_start_execution = call
    sfn._validate_definition_jsonata = validate
    sfn._fail_execution = fail
    handlers = provisioners._RESOURCE_HANDLERS["AWS::StepFunctions::StateMachine"]
    handlers["create"] = create_machine


def call(name: str, value: Any) -> Any:
    """What a Task with this Resource does, and what it gives."""
    if ":states:::" not in name:
        return task.invoke_lambda(name, value)["Payload"]
    try:
        found = resource.parse(name)
    except ValueError as error:
        raise task.failure("States.Runtime", str(error)) from error
    if found is None:
        raise task.failure("States.Runtime", f"{name} is no resource of a task")
    if found.service == "lambda" and not found.sdk:
        words = {k: v for k, v in value.items() if k not in ("FunctionName", "Payload")}
        return task.invoke_lambda(value["FunctionName"], value.get("Payload", {}), **words)
    if found.service == "sagemaker" and found.sync:
        return training.run(found, value)
    if found.service == "stepfunctions" and not found.sdk:
        return nested.run(found, value)
    if found.service == "events" and not found.sdk:
        value = {**value, "Entries": [_with_text_detail(e) for e in value.get("Entries", [])]}
    answer = task.perform(found, value)
    if found.service == "events" and not found.sdk and answer.get("FailedEntryCount"):
        raise task.failure("EventBridge.FailedEntry", json.dumps(answer))
    shape = model(found.service).operation_model(found.operation).output_shape
    return parameters.from_botocore(shape, answer)


def _with_text_detail(entry: dict[str, Any]) -> dict[str, Any]:
    detail = entry.get("Detail", {})
    return {**entry, "Detail": detail if isinstance(detail, str) else json.dumps(detail)}


def _with_timeout(name: str, value: Any, seconds: float) -> Any:
    """Real seconds: a time-out bounds work, which no clock makes faster."""
    from ministack.services import stepfunctions as sfn

    pool = ThreadPoolExecutor(max_workers=1)
    future = pool.submit(copy_context().run, sfn._invoke_resource, name, value)
    pool.shutdown(wait=False)
    try:
        return future.result(timeout=seconds)
    except FutureTimeoutError:
        task.execution().cancelled.set()
        raise task.failure("States.Timeout", f"Task timed out after {seconds} seconds") from None
