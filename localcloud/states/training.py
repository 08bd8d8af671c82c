"""sagemaker:createTrainingJob.sync: the task ends with its job, and its job with the task."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from localcloud.states import task
from localcloud.states.resource import Integration

_POLL_SECONDS = 0.2
_TAG = {"Key": "MANAGED_BY_AWS", "Value": "STARTED_BY_STEP_FUNCTIONS"}


def run(found: Integration, value: dict[str, Any]) -> Any:
    """The description of the completed job; another end fails the task, as AWS does."""
    # Step Functions tags what it waits for, which is why its role needs sagemaker:AddTags.
    tagged = {**value, "Tags": [*value.get("Tags", []), _TAG]}
    answer = task.perform(found, tagged)
    name = answer["TrainingJobArn"].rpartition("/")[2]
    here = task.execution()
    client = here.client("sagemaker")
    while True:
        if here.cancelled.wait(_POLL_SECONDS) or here.over():
            with task.naming_errors("sagemaker", sdk=False):
                client.stop_training_job(TrainingJobName=name)
            raise task.failure("States.TaskFailed", f"the wait for {name} was given up")
        with task.naming_errors("sagemaker", sdk=False):
            facts = client.describe_training_job(TrainingJobName=name)
        facts.pop("ResponseMetadata", None)
        if facts["TrainingJobStatus"] == "Completed":
            return _plain(facts)
        if facts["TrainingJobStatus"] in ("Failed", "Stopped"):
            raise task.failure("States.TaskFailed", json.dumps(_plain(facts)))


def _plain(value: Any) -> Any:
    """The optimised integration gives times in milliseconds, unlike the SDK form."""
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return int(value.timestamp() * 1000) if isinstance(value, datetime) else value
