"""The rules that Step Functions makes as the machine's role, to learn how a `.sync` task ended.

AWS refuses a machine whose role may not make them; the events themselves are waited for in jobs.py.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from localcloud.iam import arn
from localcloud.states import resource
from localcloud.states.permission import denial

_EVENTS_OF = {
    "CreateHyperParameterTuningJob": "SageMakerTuningJobs",
    "CreateProcessingJob": "SageMakerProcessingJobs",
    "CreateTrainingJob": "SageMakerTrainingJobs",
    "CreateTransformJob": "SageMakerTransformJobs",
    "StartExecution": "StepFunctionsExecution",
}
_ACTIONS = ("events:DescribeRule", "events:PutRule", "events:PutTargets")


def refusal(role_arn: str, definition: str) -> str | None:
    """Why the role cannot have this definition, or None."""
    for name in sorted(set(_names(json.loads(definition)))):
        for action in _ACTIONS:
            if text := denial(role_arn, action, arn("events", f"rule/{name}")):
                return f"'{role_arn}' is not authorized to create managed-rule. ({text})"
    return None


def _names(value: Any) -> Iterator[str]:
    for part in value.values() if isinstance(value, dict) else value:
        if isinstance(part, dict | list):
            yield from _names(part)
    if not isinstance(value, dict) or value.get("Type") != "Task":
        return
    found = resource.parse(str(value.get("Resource")))
    if found and found.sync and found.operation in _EVENTS_OF:
        yield f"StepFunctionsGetEventsFor{_EVENTS_OF[found.operation]}Rule"
