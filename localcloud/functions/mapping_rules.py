"""What CreateEventSourceMapping refuses, by the API and by CloudFormation alike.

MiniStack stores any mapping. Upstream: these checks in `lambda_svc._create_esm`, called by
CloudFormation too. Messages: as seen from AWS.
"""

from __future__ import annotations

import json
from typing import Any

from ministack.core.responses import error_response_json
from ministack.services import eventbridge, kinesis, lambda_svc, sqs

from localcloud.functions import permissions

# What Lambda calls in the role's name, by the service of the source.
ACTIONS = {
    "sqs": ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"),
    "kinesis": ("kinesis:DescribeStream", "kinesis:GetShardIterator", "kinesis:GetRecords"),
    "dynamodb": ("dynamodb:DescribeStream", "dynamodb:GetShardIterator", "dynamodb:GetRecords"),
}
_NAMES = {"sqs": "SQS", "kinesis": "Kinesis", "dynamodb": "DynamoDB"}
_NOT_DONE = ("TumblingWindowInSeconds", "ProvisionedPollerConfig", "StartingPositionTimestamp")
_STREAM_ONLY = (
    "BisectBatchOnFunctionError",
    "MaximumRecordAgeInSeconds",
    "MaximumRetryAttempts",
    "ParallelizationFactor",
)


class Refused(ValueError):
    """The text of an InvalidParameterValueException."""


def check(settings: dict[str, Any], function: dict[str, Any]) -> None:
    """`settings` as the request has them, `function` is the configuration; raises Refused."""
    source = str(settings.get("EventSourceArn", ""))
    service = source.split(":")[2] if source.count(":") >= 5 else ""
    if service not in ACTIONS:
        raise Refused(f"The local cloud does not poll {service or 'this kind of'} event sources")
    for name in _NOT_DONE:
        if settings.get(name):
            raise Refused(f"The local cloud does not do {name} of event source mappings")
    _check_source(service, source, function)
    _check_sizes(service, settings)
    _check_filters(settings)
    for action in ACTIONS[service]:
        if permissions.denied(function["Role"], action, source):
            raise Refused(
                "The function execution role does not have permissions to call "
                f"{action.partition(':')[2]} on {_NAMES[service]}"
            )


def _check_source(service: str, source: str, function: dict[str, Any]) -> None:
    name = source.rpartition(":")[2].rpartition("/")[2]
    if service == "kinesis" and kinesis._streams.get(name) is None:
        raise Refused(f"Stream not found: {source}")
    if service != "sqs":
        return
    queue = sqs._queue_by_arn(source)
    if queue is None:
        raise Refused("The specified queue does not exist.")
    visible = int(queue["attributes"].get("VisibilityTimeout", 30))
    timeout = int(function.get("Timeout", 3))
    if visible < timeout:
        raise Refused(
            f"Queue visibility timeout: {visible} seconds is less than "
            f"Function timeout: {timeout} seconds"
        )


def _check_sizes(service: str, settings: dict[str, Any]) -> None:
    size = int(settings.get("BatchSize") or 10)
    window = int(settings.get("MaximumBatchingWindowInSeconds") or 0)
    if service != "sqs":
        if settings.get("StartingPosition") not in ("TRIM_HORIZON", "LATEST"):
            raise Refused("1 validation error detected: StartingPosition is required for streams")
        return
    for name in _STREAM_ONLY:
        if settings.get(name) is not None:
            raise Refused(f"Unsupported {name} parameter for given event source mapping type.")
    if size > 10 and window < 1:
        raise Refused(
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is "
            "greater than 10"
        )


def _check_filters(settings: dict[str, Any]) -> None:
    for each in (settings.get("FilterCriteria") or {}).get("Filters") or []:
        if eventbridge._compiled_pattern(str(each.get("Pattern"))) is None:
            raise Refused(f"Invalid filter pattern definition. ({each.get('Pattern')})")


def install() -> None:
    from ministack.services.cloudformation import provisioners

    create, update = lambda_svc._create_esm, lambda_svc._update_esm

    def created(data: dict[str, Any]) -> Any:
        function = lambda_svc._get_func_record_for_ref(data.get("FunctionName", ""))[1]
        try:
            if function is not None:
                check(data, function)
        except Refused as refused:
            return error_response_json("InvalidParameterValueException", str(refused), 400)
        return create({"BatchSize": _default_size(data), **data})

    def updated(esm_id: str, data: dict[str, Any]) -> Any:
        esm = lambda_svc._esms.get(esm_id)
        if esm is not None:
            reference = data.get("FunctionName") or esm["FunctionArn"]
            function = lambda_svc._get_func_record_for_ref(reference)[1]
            try:
                if function is not None:
                    check({**esm, **data}, function)
            except Refused as refused:
                return error_response_json("InvalidParameterValueException", str(refused), 400)
        return update(esm_id, data)

    handlers = provisioners._RESOURCE_HANDLERS["AWS::Lambda::EventSourceMapping"]
    provision = handlers["create"]

    def provisioned(logical_id: str, props: dict[str, Any], stack_name: str) -> Any:
        function = provisioners._lambda_function_for_cfn_ref(props.get("FunctionName", ""))[0]
        if function is not None:
            check(props, function.get("config") or function)
        return provision(logical_id, {"BatchSize": _default_size(props), **props}, stack_name)

    lambda_svc._create_esm, lambda_svc._update_esm = created, updated
    handlers["create"] = provisioned


def _default_size(settings: dict[str, Any]) -> int:
    return 10 if ":sqs:" in json.dumps(settings.get("EventSourceArn", "")) else 100
