"""Answers CloudFormation, always: a custom resource that stays silent blocks its stack for an hour.

Plain urllib, since a function without layers has nothing else.
"""

import json
import urllib.request
from collections.abc import Callable
from typing import Any

Event = dict[str, Any]
Handled = tuple[str, dict[str, Any]]
Put = Callable[[str, bytes], None]

# CloudFormation refuses an answer over 4 KB
MAX_REASON = 1000


def put(url: str, body: bytes) -> None:
    """PUT without a content type: the URL was signed without one."""
    request = urllib.request.Request(url, data=body, method="PUT", headers={"content-type": ""})
    with urllib.request.urlopen(request, timeout=20) as answer:
        answer.read()


def respond(
    event: Event, context: Any, work: Callable[[Event], Handled], *, send: Put = put
) -> None:
    """Do the work and say how it went; an error becomes FAILED with its reason.

    `work` returns the physical id (stable: another one would make CloudFormation delete the
    resource) and its attributes.
    """
    answer = {name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")}
    try:
        physical_id, data = work(event)
        answer |= {"Status": "SUCCESS", "PhysicalResourceId": physical_id, "Data": data}
    except Exception as error:  # whatever it was, the stack has to hear of it
        reason = f"{type(error).__name__}: {error}"[:MAX_REASON]
        print(json.dumps({"level": "ERROR", "reason": reason, "log": context.log_stream_name}))
        known = event.get("PhysicalResourceId", event["LogicalResourceId"])
        answer |= {"Status": "FAILED", "PhysicalResourceId": known}
        answer["Reason"] = f"{reason} (log stream {context.log_stream_name})"
    send(event["ResponseURL"], json.dumps(answer).encode())
