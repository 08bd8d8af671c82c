"""Users and encrypted things for the tests of policies."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

import boto3
from localcloud_roles import ACCOUNT

import localcloud

Client = Callable[[str], Any]
EVERYONE_HERE = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}


def make_user(client: Client, cloud: localcloud.Running, *statements: dict[str, Any]) -> Client:
    """A client factory of a new user who may do what the statements say."""
    name = f"u-{uuid.uuid4().hex[:8]}"
    client("iam").create_user(UserName=name)
    document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    client("iam").put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document)
    key = client("iam").create_access_key(UserName=name)["AccessKey"]
    session = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], None, "us-east-1")
    return lambda service: session.client(service, endpoint_url=cloud.endpoint)


def make_key(client: Client, *statements: dict[str, Any], delegates: bool = True) -> str:
    """A key that delegates to the account's IAM, or only to its own statements."""
    admin = {"Effect": "Allow", "Principal": EVERYONE_HERE, "Action": "kms:*", "Resource": "*"}
    document = {
        "Version": "2012-10-17",
        "Statement": [*([admin] if delegates else []), *statements],
    }
    made = client("kms").create_key(Policy=json.dumps(document))
    return str(made["KeyMetadata"]["Arn"])


def lets(service: str, *actions: str, **conditions: Any) -> dict[str, Any]:
    """A statement of a resource's policy for a service."""
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": {"Service": f"{service}.amazonaws.com"},
        "Action": list(actions),
        "Resource": "*",
    }
    return {**statement, "Condition": conditions} if conditions else statement


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def make_queue(client: Client, *statements: dict[str, Any], **attributes: str) -> tuple[str, str]:
    """(URL, ARN) of a queue with this policy."""
    name = f"q-{uuid.uuid4().hex[:8]}"
    if statements:
        attributes["Policy"] = document(*statements)
    url = client("sqs").create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    return str(url), f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}"


def received(client: Client, url: str, seconds: int = 0) -> list[dict[str, Any]]:
    answer = client("sqs").receive_message(
        QueueUrl=url,
        WaitTimeSeconds=seconds,
        MaxNumberOfMessages=10,
        MessageAttributeNames=["All"],
    )
    return list(answer.get("Messages", []))
