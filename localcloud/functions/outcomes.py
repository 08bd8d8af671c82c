"""What becomes of an asynchronous event, and who is told: the settings, the record, the targets."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from ministack.services import cloudwatch, lambda_svc

from localcloud.functions import destinations


@dataclass
class Event:
    """`arn` is the function as it was invoked; `due` lies on the clock's line of AWS seconds."""

    arn: str
    payload: Any
    due: float
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    received: float = field(default_factory=time.time)
    failures: int = 0
    throttles: int = 0


def settings_of(arn: str) -> dict[str, Any]:
    """The function's configuration for asynchronous invocation, of the qualifier invoked."""
    name, qualifier = lambda_svc._resolve_name_and_qualifier(arn)
    function = lambda_svc._functions.get(name) or {}
    qualifier = None if qualifier == "$LATEST" else qualifier
    found = lambda_svc._event_invoke_config(function, qualifier)
    if found is None and qualifier is None:
        found = lambda_svc._event_invoke_config(function, "$LATEST")
    return found or {}


def settle(
    event: Event, config: dict[str, Any], settings: dict[str, Any], result: Any, condition: str
) -> None:
    if condition != "Success":
        count(event, "AsyncEventsDropped")
    kind = "OnSuccess" if condition == "Success" else "OnFailure"
    target = ((settings.get("DestinationConfig") or {}).get(kind) or {}).get("Destination")
    body = result.get("body")
    if target:
        record = _record(event, config, result, condition)
        destinations.send(config, target, record, f"async/{config['FunctionName']}")
    if condition != "Success" and (config.get("DeadLetterConfig") or {}).get("TargetArn"):
        destinations.send_dead_letter(config, event.payload, event.request_id, body)


def _record(
    event: Event, config: dict[str, Any], result: dict[str, Any], condition: str
) -> dict[str, Any]:
    version = config.get("Version", "$LATEST")
    arn = event.arn if event.arn.count(":") > 6 else f"{event.arn}:$LATEST"
    context: dict[str, Any] = {"statusCode": 200, "executedVersion": version}
    record: dict[str, Any] = {
        "version": "1.0",
        "timestamp": destinations.now(),
        "requestContext": {
            "requestId": event.request_id,
            "functionArn": arn,
            "condition": condition,
            "approximateInvokeCount": event.failures + (condition == "Success"),
        },
        "requestPayload": event.payload,
    }
    if result.get("throttle"):
        return record
    if result.get("error"):
        context["functionError"] = result.get("function_error") or "Unhandled"
    return {**record, "responseContext": context, "responsePayload": result.get("body")}


def count(event: Event, metric: str) -> None:
    name, _ = lambda_svc._resolve_name_and_qualifier(event.arn)
    cloudwatch.record_metric("AWS/Lambda", metric, 1.0, "Count", {"FunctionName": name})
