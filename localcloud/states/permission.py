"""Whether a state machine's role may do what Step Functions does itself with no request to ask."""

from __future__ import annotations

from typing import Any

from localcloud.states import task


def denial(role_arn: str, action: str, resource: str) -> str | None:
    """AWS's words when the role may not."""
    from localcloud.access import judge

    return judge.as_role(role_arn, action, resource, session="states")


def require(role_arn: str, action: str, resource: str) -> None:
    if text := denial(role_arn, action, resource):
        raise task.failure("States.Permissions", text)


# What AWS tries with the role when a machine that logs is made.
_DELIVERY = (
    "CreateLogDelivery",
    "GetLogDelivery",
    "UpdateLogDelivery",
    "DeleteLogDelivery",
    "ListLogDeliveries",
    "PutResourcePolicy",
    "DescribeResourcePolicies",
    "DescribeLogGroups",
)


def log_delivery(role_arn: str, settings: dict[str, Any] | None) -> str | None:
    """Why a machine with these settings of its logs cannot be made, or None."""
    if (settings or {}).get("level", "OFF") == "OFF":
        return None
    for name in _DELIVERY:
        if text := denial(role_arn, f"logs:{name}", "*"):
            start = "The state machine IAM Role is not authorized to access the Log Destination"
            return f"{start}: {text}"
    return None
