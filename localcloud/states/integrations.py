"""What a task with a Resource does: calls in the machine's role, checked against AWS's models."""

from __future__ import annotations

import json
from typing import Any

from localcloud.json_service import model
from localcloud.states import definition, jobs, parameters, resource, task, templates


def install() -> None:
    from ministack.services import stepfunctions as sfn

    from localcloud.states.engine import install as engine

    original = sfn._validate_definition_jsonata
    sfn._validate_definition_jsonata = lambda text: (
        original(text) or definition.problem(text or "{}")
    )
    templates.install()
    engine.install()


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
    if jobs.waits(found):
        return jobs.run(found, value)
    if found.service == "stepfunctions" and not found.sdk:
        return jobs.start_execution(found, value)
    answer = task.perform(found, parameters.with_texts(found.service, value, sdk=found.sdk))
    if found.service == "events" and not found.sdk and answer.get("FailedEntryCount"):
        raise task.failure("EventBridge.FailedEntry", json.dumps(answer))
    shape = model(found.service).operation_model(found.operation).output_shape
    return parameters.from_botocore(shape, answer)
