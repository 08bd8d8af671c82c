"""A log group delivers to a stream as the filter's role, to a function by the function's policy.

AWS tries it with a test message when the filter is put, and refuses a filter that cannot deliver.
Upstream: `cloudwatch_logs._put_subscription_filter` and `_fanout_to_subscription_filters`.
"""

from __future__ import annotations

from typing import Any

from localcloud import roles
from localcloud.access import judge
from localcloud.config import REGION
from localcloud.iam import arn

_TO_FUNCTION = (
    "Could not execute the lambda function. Make sure you have given CloudWatch Logs permission "
    "to execute your function."
)
_TO_STREAM = (
    "Could not deliver test message to specified {kind} stream. Check if the given {kind} stream "
    "is in ACTIVE state."
)
_PUT = {"firehose": "firehose:PutRecord", "kinesis": "kinesis:PutRecord"}


def denial(group: str, destination: str, role: str | None) -> str | None:
    """Why nothing can be delivered; None when it can."""
    service = destination.split(":")[2]
    source = arn("logs", f"log-group:{group}:*")
    if service == "lambda":
        return _of_function(destination, source)
    if service not in _PUT:
        return f"CloudWatch Logs does not deliver to {destination}"
    if not role or not roles.trusts(role, "logs.amazonaws.com", source):
        return f"CloudWatch Logs cannot assume the role {role} for {destination}"
    return judge.as_role(role, _PUT[service], destination, session="CloudWatchLogs")


def _of_function(function: str, source: str) -> str | None:
    """Either of the service's two names will do."""
    action, regional = "lambda:InvokeFunction", f"logs.{REGION}.amazonaws.com"
    text = judge.as_service("logs.amazonaws.com", action, function, source)
    return text and judge.as_service(regional, action, function, source)


def refusal(request: dict[str, Any]) -> str | None:
    """What PutSubscriptionFilter, or a template's filter, is refused with."""
    destination = str(request.get("destinationArn") or "")
    if destination.count(":") < 5 or not denial(
        str(request.get("logGroupName")), destination, request.get("roleArn")
    ):
        return None
    if ":lambda:" in destination:
        return _TO_FUNCTION
    return _TO_STREAM.format(kind="Firehose" if ":firehose:" in destination else "Kinesis")
