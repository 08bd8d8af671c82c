"""May a service use the key of an encrypted queue or topic? The key's own policy says.

An encrypted topic that does not let cloudwatch.amazonaws.com use its key drops alarms.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localcloud.access import judge
from localcloud.config import REGION

_TO_SEND = ("kms:GenerateDataKey", "kms:Decrypt")


def key_of(reference: str | None) -> str | None:
    """The ARN of a customer's key; None for no key, and for one that AWS manages."""
    from ministack.services import kms

    if not reference or is_managed(reference):
        return None
    record = kms._resolve_key(reference)
    return record["Arn"] if record else reference


def is_managed(reference: str) -> bool:
    return "alias/aws/" in reference


def of_queue(arn: str) -> str:
    from ministack.services import sqs

    queue: Mapping[str, Any] = sqs._queue_by_arn(arn) or {}
    return str(queue.get("attributes", {}).get("KmsMasterKeyId") or "")


def of_topic(arn: str) -> str:
    from ministack.services import sns

    topic: Mapping[str, Any] = sns._topic_by_arn_any_scope(arn) or {}
    return str(topic.get("attributes", {}).get("KmsMasterKeyId") or "")


def denial_for_service(arn: str, principal: str, source: str) -> str | None:
    """Why the service cannot send to this queue or topic; None when it can, or needs no key."""
    service = arn.split(":")[2]
    reference = of_queue(arn) if service == "sqs" else of_topic(arn)
    if not reference:
        return None
    if is_managed(reference):
        return f"{principal} cannot use {reference}, the key that AWS manages for {arn}"
    return by_service(reference, principal, _TO_SEND, source, context(service, arn))


def by_service(
    reference: str,
    principal: str,
    actions: tuple[str, ...],
    source: str,
    keys: Mapping[str, Any],
) -> str | None:
    """A service that acts for itself: no identity policy can stand in for the key's."""
    key = key_of(reference) or reference
    texts = (judge.as_service(principal, action, key, source, keys) for action in actions)
    return next((text for text in texts if text), None)


def context(service: str, arn: str) -> dict[str, Any]:
    """kms:ViaService and the encryption context with which a service uses a key."""
    name = {"sns": "aws:sns:topicArn", "sqs": "aws:sqs:arn", "s3": "aws:s3:arn"}.get(service)
    name = name or {"logs": "aws:logs:arn", "kinesis": "aws:kinesis:arn"}.get(service)
    keys: dict[str, Any] = {"kms:ViaService": f"{service}.{REGION}.amazonaws.com"}
    if name:
        keys[f"kms:EncryptionContext:{name}"] = arn
        keys["kms:EncryptionContextKeys"] = [name]
    return keys
