"""S3's events on the bus name the version of the object, as they do for a versioned bucket.

MiniStack gives the version to its other targets only. Upstream: `version-id` in the detail that
`s3._fire_s3_event` builds for EventBridge.
"""

from __future__ import annotations

import inspect
import json
from contextvars import ContextVar
from typing import Any

from ministack.services import eventbridge, s3

_version: ContextVar[str | None] = ContextVar("localcloud_object_version", default=None)


def install() -> None:
    fire, dispatch = s3._fire_s3_event, eventbridge._dispatch_event
    signature = inspect.signature(fire)

    def fire_with_version(*given: Any, **named: Any) -> None:
        token = _version.set(signature.bind(*given, **named).arguments.get("version_id"))
        try:
            fire(*given, **named)
        finally:
            _version.reset(token)

    def dispatch_with_version(event: dict[str, Any], *rest: Any, **named: Any) -> Any:
        version = _version.get()
        if version and event.get("Source") == "aws.s3":
            detail = json.loads(event["Detail"])
            detail["object"]["version-id"] = version
            event = {**event, "Detail": json.dumps(detail)}
        return dispatch(event, *rest, **named)

    s3._fire_s3_event = fire_with_version
    eventbridge._dispatch_event = dispatch_with_version
