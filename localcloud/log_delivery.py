"""A log group's subscription filters deliver to functions, Firehose and Kinesis what they match.

MiniStack delivers to functions only, and takes any JSON pattern for a match.
Upstream: `cloudwatch_logs._fanout_to_subscription_filters` and `_compile_filter_pattern`.
"""

from __future__ import annotations

import base64
import functools
import gzip
import json
import logging
import uuid
from collections.abc import Callable
from typing import Any

from ministack.core.responses import error_response_json
from ministack.services import cloudwatch_logs, firehose, kinesis

from localcloud.access import log_wires
from localcloud.config import ACCOUNT
from localcloud.functions import senders
from localcloud.log_patterns import compile_pattern

_log = logging.getLogger("localcloud.log_delivery")
_MAX_EVENTS = 500  # a payload stays far under Firehose's 1,000 KiB a record
_compiled = functools.lru_cache(maxsize=256)(compile_pattern)


def payload(group: str, stream: str, name: str, events: list[dict[str, Any]]) -> bytes:
    """What CloudWatch Logs sends: one gzip'd document for a batch of events of one stream."""
    document = {
        "messageType": "DATA_MESSAGE",
        "owner": ACCOUNT,
        "logGroup": group,
        "logStream": stream,
        "subscriptionFilters": [name],
        "logEvents": [
            {"id": uuid.uuid4().hex, "timestamp": e["timestamp"], "message": e["message"]}
            for e in events
        ],
    }
    return gzip.compress(json.dumps(document).encode(), 1)


def deliver(group: str, stream: str, events: list[dict[str, Any]]) -> None:
    filters = (cloudwatch_logs._log_groups.get(group) or {}).get("subscriptionFilters") or {}
    for filter_ in list(filters.values()):
        destination = filter_.get("destinationArn", "")
        if f"{destination}:".partition(":function:")[2].partition(":")[0] == group[12:]:
            continue  # AWS refuses such a filter: the function's own log would call it for ever
        matches = _compiled(filter_.get("filterPattern", ""))
        matched = [event for event in events if matches(event.get("message", ""))]
        if not matched or log_wires.denial(group, destination, filter_.get("roleArn")):
            continue
        for start in range(0, len(matched), _MAX_EVENTS):
            batch = matched[start : start + _MAX_EVENTS]
            data = payload(group, stream, filter_["filterName"], batch)
            _put(destination, stream, data)


def _put(destination: str, log_stream: str, data: bytes) -> None:
    text = base64.b64encode(data).decode()
    if ":function:" in destination:
        senders.send(destination, {"awslogs": {"data": text}})
    elif ":kinesis:" in destination:
        if not kinesis.put_record_internal(destination, log_stream, data):
            _log.warning("a subscription filter could not deliver to %s", destination)
    else:
        name = destination.rpartition("/")[2]
        request = {"DeliveryStreamName": name, "Record": {"Data": text}}
        status, _, body = firehose._put_record(request)
        if status != 200:
            _log.warning("a subscription filter could not deliver to %s: %s", name, body)


def install() -> None:
    put = cloudwatch_logs._put_subscription_filter

    def matches(pattern: str, message: str) -> bool:
        return bool(_compiled(pattern or "")(message or ""))

    def checked_put(data: dict[str, Any]) -> Any:
        try:
            _compiled(data.get("filterPattern", ""))
        except ValueError as error:
            return error_response_json("InvalidParameterException", str(error), 400)
        if text := log_wires.refusal(data):
            return error_response_json("InvalidParameterException", text, 400)
        return put(data)

    cloudwatch_logs._fanout_to_subscription_filters = deliver
    cloudwatch_logs._subscription_pattern_matches = matches
    cloudwatch_logs._compile_filter_pattern = _filter_events_pattern
    cloudwatch_logs._put_subscription_filter = checked_put


def _filter_events_pattern(pattern: str) -> Callable[[str], bool]:
    return _compiled(pattern or "")
