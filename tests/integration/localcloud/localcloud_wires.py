"""What tests of wires share: queues that services may fill, a function that logs its events."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

from conftest import eventually

Client = Callable[[str], Any]
ARN = "arn:aws:{}:us-east-1:000000000000:{}"
SERVICES = ("events", "sns", "s3", "logs", "scheduler", "cloudwatch")
ECHO = """
    import json
    def handler(event, context):
        print("EVENT " + json.dumps(event))
        return {"seen": True}
"""


def unique(prefix: str) -> str:
    return f"{prefix}-{uuid.uuid4().hex[:8]}"


def arn_of(url: str) -> str:
    return ARN.format("sqs", url.rpartition("/")[2])


def make_queue(client: Client, **attributes: str) -> str:
    """A queue that AWS's services may send to; its URL."""
    name = unique("q")
    principal = {"Service": [f"{service}.amazonaws.com" for service in SERVICES]}
    allow = {"Effect": "Allow", "Principal": principal, "Action": "sqs:SendMessage"}
    policy = {
        "Version": "2012-10-17",
        "Statement": [{**allow, "Resource": ARN.format("sqs", name)}],
    }
    attributes = {"Policy": json.dumps(policy), **attributes}
    return str(client("sqs").create_queue(QueueName=name, Attributes=attributes)["QueueUrl"])


def bodies(client: Client, url: str, count: int = 1, seconds: float = 20.0) -> list[Any]:
    """The bodies of `count` messages, as JSON where they are."""
    return [_read(message["Body"]) for message in messages(client, url, count, seconds)]


def messages(client: Client, url: str, count: int = 1, seconds: float = 20.0) -> list[Any]:
    found: list[Any] = []

    def enough() -> bool:
        answer = client("sqs").receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        )
        for message in answer.get("Messages", []):
            client("sqs").delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            found.append(message)
        return len(found) >= count

    eventually(enough, seconds)
    return found


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def allow_invoke(client: Client, function: str, qualifier: str | None = None) -> str:
    """Lets AWS's services invoke the function; its ARN."""
    more = {"Qualifier": qualifier} if qualifier else {}
    for service in SERVICES:
        client("lambda").add_permission(
            FunctionName=function,
            StatementId=service,
            Action="lambda:InvokeFunction",
            Principal=f"{service}.amazonaws.com",
            **more,
        )
    return ARN.format("lambda", f"function:{function}")


def logged(client: Client, function: str) -> list[Any]:
    """The events that an ECHO function has printed."""
    logs = client("logs")
    try:
        found = logs.filter_log_events(logGroupName=f"/aws/lambda/{function}")["events"]
    except logs.exceptions.ResourceNotFoundException:
        return []
    lines = [event["message"] for event in found]
    return [json.loads(line[6:]) for line in lines if line.startswith("EVENT ")]


def logged_with(client: Client, function: str, token: str, seconds: float = 20.0) -> Any:
    """The first event that contains `token`."""

    def look() -> Any:
        return next((e for e in logged(client, function) if token in json.dumps(e)), None)

    return eventually(look, seconds)
