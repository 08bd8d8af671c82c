"""CloudFormation's stacks with their resources' counts and last events."""

from __future__ import annotations

from typing import Any

from ministack.services import cloudformation

from localcloud.page.bounded import Document, newest, seconds

_LAST_EVENTS = 30


def section() -> Document:
    stacks = [
        s for s in cloudformation._stacks.values() if s["StackStatus"] != "REVIEW_IN_PROGRESS"
    ]
    return newest(stacks, _changed, _shown)


def _changed(stack: dict[str, Any]) -> Any:
    events = cloudformation._stack_events.get(stack["StackId"]) or [{}]
    return events[-1].get("Timestamp") or stack.get("CreationTime")


def _shown(stack: dict[str, Any]) -> Document:
    events = list(cloudformation._stack_events.get(stack["StackId"]) or [])
    return {
        "name": stack["StackName"],
        "status": stack["StackStatus"],
        "reason": stack.get("StackStatusReason") or None,
        "changed": seconds(_changed(stack)),
        "resources": len(stack.get("_resources") or {}),
        "outputs": {o["OutputKey"]: o["OutputValue"] for o in stack.get("Outputs") or []},
        "events": [_event(event) for event in reversed(events[-_LAST_EVENTS:])],
        "events_left_out": max(len(events) - _LAST_EVENTS, 0),
    }


def _event(event: dict[str, Any]) -> Document:
    return {
        "time": seconds(event["Timestamp"]),
        "id": event["LogicalResourceId"],
        "type": event["ResourceType"],
        "status": event["ResourceStatus"],
        "reason": event.get("ResourceStatusReason") or None,
    }
