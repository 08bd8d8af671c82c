"""AWS::CloudWatch::CompositeAlarm, which MiniStack's CloudFormation lacks and its CloudWatch has.

Upstream: `provisioners._RESOURCE_HANDLERS` would need it beside AWS::CloudWatch::Alarm.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from ministack.services import cloudwatch

from localcloud.cloudformation.handlers import Made, Properties, ResourceType
from localcloud.iam import arn
from localcloud.json_service import Document, ServiceError

_UNDONE = ("ActionsSuppressor", "ActionsSuppressorWaitPeriod", "ActionsSuppressorExtensionPeriod")


@dataclass(frozen=True)
class CompositeAlarm(ResourceType):
    """DeleteAlarms takes a list of names, of which CloudFormation knows one."""

    def on_delete(self, physical_id: str, properties: Properties) -> None:
        self._call(self.delete, {"AlarmNames": [physical_id]})


def resource_type() -> ResourceType:
    return CompositeAlarm(
        "AWS::CloudWatch::CompositeAlarm",
        "cloudwatch",
        {"PutCompositeAlarm": _put, "DeleteAlarms": _delete},
        name="AlarmName",
        create="PutCompositeAlarm",
        delete="DeleteAlarms",
        described=_described,
        update="PutCompositeAlarm",
        update_name="AlarmName",
        max_length=255,
    )


def _put(request: Document) -> Document:
    if undone := [name for name in _UNDONE if name in request]:
        raise ServiceError(
            "ValidationError", f"The local cloud does not suppress actions: {', '.join(undone)}"
        )
    return _answer(cloudwatch._put_composite_alarm({}, request, False, True))


def _delete(request: Document) -> Document:
    return _answer(cloudwatch._delete_alarms({}, request, False, True))


def _answer(response: tuple[int, dict[str, str], bytes]) -> Document:
    status, _, body = response
    found: Document = json.loads(body or b"{}")
    if status >= 400:
        raise ServiceError(str(found.get("__type", "ValidationError")), str(found.get("message")))
    return found


def _described(name: str) -> Made:
    return name, {"Arn": arn("cloudwatch", f"alarm:{name}")}
