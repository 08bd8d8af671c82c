"""What a Task's Resource names: a service, one of its operations, and how to wait for it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from localcloud.json_service import model

# Step Functions has the Java SDK's names of services; botocore has its own for these.
_BOTOCORE = {
    "applicationautoscaling": "application-autoscaling",
    "cloudwatchevents": "events",
    "cloudwatchlogs": "logs",
    "eventbridge": "events",
    "resourcegroupstaggingapi": "resourcegroupstaggingapi",
    "sfn": "stepfunctions",
}
# The optimised integrations that this cloud does; a generic aws-sdk form exists for all others.
_OPTIMISED = {
    "athena": {"startQueryExecution", "getQueryExecution", "getQueryResults"},
    "dynamodb": {"getItem", "putItem", "updateItem", "deleteItem"},
    "events": {"putEvents"},
    "lambda": {"invoke"},
    "sagemaker": {
        "createEndpoint",
        "createEndpointConfig",
        "createHyperParameterTuningJob",
        "createModel",
        "createProcessingJob",
        "createTrainingJob",
        "createTransformJob",
        "updateEndpoint",
    },
    "sns": {"publish"},
    "sqs": {"sendMessage"},
    "states": {"startExecution"},
}
_SYNC = {
    ("sagemaker", "createHyperParameterTuningJob"),
    ("sagemaker", "createProcessingJob"),
    ("sagemaker", "createTrainingJob"),
    ("sagemaker", "createTransformJob"),
    ("states", "startExecution"),
}
_FORM = re.compile(
    r"arn:aws[\w-]*:states:::(?P<sdk>aws-sdk:)?(?P<service>[\w-]+):(?P<action>\w+)"
    r"(?:\.(?P<pattern>sync:2|sync|waitForTaskToken))?"
)


@dataclass(frozen=True)
class Integration:
    service: str
    operation: str
    sdk: bool
    pattern: str

    @property
    def shape(self) -> Any:
        return model(self.service).operation_model(self.operation).input_shape

    @property
    def sync(self) -> bool:
        return self.pattern.startswith("sync")


def parse(resource: str) -> Integration | None:
    """None for what is no service integration (a Lambda's ARN, an activity).

    Raises ValueError for an integration that does not exist or that this cloud does not do."""
    if ":states:::" not in resource:
        return None
    match = _FORM.fullmatch(resource)
    if match is None:
        raise ValueError(f"The resource provided {resource} is not recognized")
    service, action = match["service"], match["action"]
    sdk, pattern = bool(match["sdk"]), match["pattern"] or ""
    if not sdk and action not in _OPTIMISED.get(service, ()):
        raise ValueError(
            f"The resource provided {resource} is not recognized: the local cloud has no such "
            f"optimised integration; use arn:aws:states:::aws-sdk:{service}:{action}"
        )
    if pattern.startswith("sync") and (sdk or (service, action) not in _SYNC):
        raise ValueError(f"The resource provided {resource} is not recognized: it has no .sync")
    if pattern == "sync:2" and service != "states":
        raise ValueError(f"The resource provided {resource} is not recognized: it has no .sync:2")
    name = _BOTOCORE.get(service, "stepfunctions" if service == "states" else service)
    operation = _operation(name, action)
    if operation is None or not action[0].islower():
        raise ValueError(f"The resource provided {resource} is not recognized")
    return Integration(name, operation, sdk, pattern)


def _operation(service: str, action: str) -> str | None:
    from botocore.exceptions import UnknownServiceError

    try:
        names = model(service).operation_names
    except UnknownServiceError:
        return None
    return next((name for name in names if name.lower() == action.lower()), None)
