"""Where Lambda sends what became of an event: dead-letter queues and destinations, in its role.

MiniStack writes into the target past its policies, always as "RetriesExhausted" after 3 attempts,
and knows no OnSuccess, no event bus and no bucket. Upstream: `lambda_svc._route_async_failure`.
"""

from __future__ import annotations

import json
import logging
import uuid
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from ministack.services import cloudwatch

from localcloud import roles
from localcloud.json_service import ServiceError

_log = logging.getLogger("localcloud.functions")


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def send(config: dict[str, Any], target: str, record: dict[str, Any], prefix: str) -> None:
    """Deliver an invocation record; `prefix` begins the key of an object in a bucket."""
    service = target.split(":")[2]
    function = config["FunctionName"]
    try:
        client = roles.client(service, config["Role"], function)
        text = json.dumps(record)
        if service == "sqs":
            client.send_message(QueueUrl=_queue(target), MessageBody=text)
        elif service == "sns":
            client.publish(TopicArn=target, Message=text)
        elif service == "lambda":
            client.invoke(FunctionName=target, InvocationType="Event", Payload=text)
        elif service == "events":
            _put_event(client, target, record)
        else:
            _put_object(client, target.rpartition(":")[2], prefix, text)
    except (BotoCoreError, ClientError, ServiceError) as error:
        _failed(function, target, "DestinationDeliveryFailures", error)


def send_dead_letter(config: dict[str, Any], event: Any, request_id: str, error: Any) -> None:
    """The event itself, with what went wrong as attributes; `error` is the last answer."""
    target = config["DeadLetterConfig"]["TargetArn"]
    text = error.get("errorMessage") if isinstance(error, dict) else None
    attributes = {
        "RequestID": ("String", request_id),
        "ErrorCode": ("Number", "200" if text else "429"),
        "ErrorMessage": ("String", str(text or "Rate Exceeded.")[:1024]),
    }
    typed = {name: {"DataType": k, "StringValue": v} for name, (k, v) in attributes.items()}
    try:
        client = roles.client(target.split(":")[2], config["Role"], config["FunctionName"])
        body = json.dumps(event)
        if ":sqs:" in target:
            client.send_message(QueueUrl=_queue(target), MessageBody=body, MessageAttributes=typed)
        else:
            client.publish(TopicArn=target, Message=body, MessageAttributes=typed)
    except (BotoCoreError, ClientError, ServiceError) as failure:
        _failed(config["FunctionName"], target, "DeadLetterErrors", failure)


def _queue(arn: str) -> str:
    return f"{roles.endpoint()}/{arn.split(':')[4]}/{arn.rpartition(':')[2]}"


def _put_event(client: Any, bus: str, record: dict[str, Any]) -> None:
    result = "Success" if record["requestContext"]["condition"] == "Success" else "Failure"
    entry = {
        "Source": "lambda",
        "DetailType": f"Lambda Function Invocation Result - {result}",
        "Resources": [record["requestContext"]["functionArn"], bus],
        "Detail": json.dumps(record),
        "EventBusName": bus,
    }
    client.put_events(Entries=[entry])


def _put_object(client: Any, bucket: str, prefix: str, text: str) -> None:
    client.head_bucket(Bucket=bucket)  # the role has to have s3:ListBucket too
    stamp = datetime.now(UTC)
    name = f"{stamp:%Y/%m/%d/%Y-%m-%dT%H.%M.%S}-{uuid.uuid4()}"
    client.put_object(Bucket=bucket, Key=f"aws/lambda/{prefix}/{name}", Body=text)


def _failed(function: str, target: str, metric: str, error: Exception) -> None:
    _log.warning("%s could not send to %s: %s", function, target, error)
    cloudwatch.record_metric("AWS/Lambda", metric, 1.0, "Count", {"FunctionName": function})
