"""What Firehose says of a delivery that failed: in its error log, and in an object a record."""

from __future__ import annotations

import base64
import json
import logging
import time
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from ministack.services import firehose

from localcloud import roles

_log = logging.getLogger("localcloud.access")
_TEXTS = {
    "S3.AccessDenied": "Access was denied. Ensure that the trust policy for the provided IAM role "
    "allows Firehose to assume the role, and the access policy allows access to the S3 bucket.",
    "S3.NoSuchBucket": "The specified bucket does not exist.",
}
_PROCESSOR = "Lambda.InvokeAccessDenied"


def of_s3(error: Exception) -> str:
    found = getattr(error, "response", {}).get("Error", {}).get("Code", "")
    return f"S3.{found}" if f"S3.{found}" in _TEXTS else "S3.InternalError"


def report(stream: dict[str, Any], config: dict[str, Any], code: str) -> None:
    """Into the log group that the destination names, as the stream's role; without it, nowhere."""
    options = config.get("CloudWatchLoggingOptions") or {}
    group, log_stream = options.get("LogGroupName"), options.get("LogStreamName")
    if not (options.get("Enabled") and group and log_stream):
        return
    document = {
        "deliveryStreamARN": stream.get("arn"),
        "destination": config.get("BucketARN"),
        "deliveryStreamVersionId": stream.get("version", 1),
        "message": _TEXTS.get(code, "Delivery to S3 failed. Delivery will be retried."),
        "errorCode": code,
    }
    event = {"timestamp": int(time.time() * 1000), "message": json.dumps(document)}
    try:
        client = roles.client("logs", config.get("RoleARN", ""), stream["name"][:64])
        client.put_log_events(logGroupName=group, logStreamName=log_stream, logEvents=[event])
    except (ClientError, BotoCoreError) as error:
        _log.warning("Firehose %s could not write its error log: %s", stream["name"], error)


def failed_record(
    stream: dict[str, Any], config: dict[str, Any], data: bytes, text: str
) -> tuple[str, bytes]:
    """The key and the body under the error prefix, for a record that no processor may see."""
    now, arrived = firehose._arrival_time(config), int(time.time() * 1000)
    prefix = config.get("ErrorOutputPrefix")
    if prefix:
        start = firehose._evaluate_prefix(prefix, now, error_type="processing-failed")
    else:
        hour = firehose._java_time("yyyy/MM/dd/HH/", now)
        start = f"{config.get('Prefix', '')}processing-failed/{hour}"
    stamp = firehose._java_time("yyyy-MM-dd-HH-mm-ss", now)
    name = f"{stream['name']}-{stream.get('version', 1)}-{stamp}-{firehose.new_uuid()}"
    document = {
        "attemptsMade": 1,
        "arrivalTimestamp": arrived,
        "attemptEndingTimestamp": arrived,
        "errorCode": _PROCESSOR,
        "errorMessage": text,
        "rawData": base64.b64encode(data).decode(),
    }
    return f"{start}{name}", json.dumps(document).encode() + b"\n"
