"""states:startExecution and its two .sync forms, in the role of the machine that starts."""

from __future__ import annotations

import json
from typing import Any

from localcloud.states import parameters, task
from localcloud.states.resource import Integration

_POLL_SECONDS = 0.1


def run(found: Integration, value: dict[str, Any]) -> Any:
    words = dict(value)
    if "Input" in words and not isinstance(words["Input"], str):
        words["Input"] = json.dumps(words["Input"])
    answer = task.perform(found, words)
    if not found.sync:
        return {
            "ExecutionArn": answer["executionArn"],
            "StartDate": answer["startDate"].timestamp(),
        }
    here, arn = task.execution(), answer["executionArn"]
    client = here.client("stepfunctions")
    while True:
        if here.cancelled.wait(_POLL_SECONDS) or here.over():
            with task.naming_errors("stepfunctions", sdk=False):
                client.stop_execution(executionArn=arn)
            raise task.failure("States.TaskFailed", f"the wait for {arn} was given up")
        with task.naming_errors("stepfunctions", sdk=False):
            facts = client.describe_execution(executionArn=arn)
        facts.pop("ResponseMetadata", None)
        shape = client.meta.service_model.operation_model("DescribeExecution").output_shape
        told = parameters.from_botocore(shape, facts)
        if facts["status"] == "SUCCEEDED":
            if found.pattern == "sync:2":
                told["Output"] = json.loads(told["Output"])
            return told
        if facts["status"] != "RUNNING":
            raise task.failure("States.TaskFailed", json.dumps(told))
