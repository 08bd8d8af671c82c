"""A stack that changes its status says so on the event bus.

MiniStack writes its stack events only where DescribeStackEvents reads them, and with whole seconds,
by which the CDK CLI sorts them. Upstream: a `_put_events` in `cloudformation.stacks._add_event`,
and milliseconds in its Timestamp.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from ministack.services import cloudformation
from ministack.services.cloudformation import changesets, handlers, stacks

from localcloud import events


def install() -> None:
    add = stacks._add_event

    def announced(
        stack_id: str,
        stack_name: str,
        logical_id: str,
        resource_type: str,
        status: str,
        reason: str = "",
        *rest: Any,
        **named: Any,
    ) -> None:
        add(stack_id, stack_name, logical_id, resource_type, status, reason, *rest, **named)
        _stamp(cloudformation._stack_events[stack_id])
        if resource_type != "AWS::CloudFormation::Stack" or logical_id != stack_name:
            return
        detail = {
            "stack-id": stack_id,
            "status-details": {"status": status, "status-reason": reason},
            "client-request-token": stacks.CLIENT_REQUEST_TOKEN.get() or None,
        }
        kind = "CloudFormation Stack Status Change"
        events.put("aws.cloudformation", kind, detail, [stack_id])

    for module in (stacks, changesets, handlers):  # the latter two import it by name
        module._add_event = announced


def _stamp(recorded: list[dict[str, Any]]) -> None:
    """The last event's time, to the millisecond and later than that of the one before."""
    now = datetime.now(UTC)
    if len(recorded) > 1:
        before = datetime.fromisoformat(recorded[-2]["Timestamp"])
        now = max(now, before + timedelta(milliseconds=1))
    recorded[-1]["Timestamp"] = (
        now.strftime("%Y-%m-%dT%H:%M:%S.") + f"{now.microsecond // 1000:03}Z"
    )
