"""Condition keys that MiniStack does not fill: whose events, and whose metrics, a request brings.

Upstream: contexts of their own beside `iam_actions.request_tag_context`.
"""

from __future__ import annotations

import functools
import gzip
import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs

from localcloud.access import leading_keys

Keys = dict[str, Any]


def install() -> None:
    from ministack.core import iam_actions

    iam_actions.request_tag_context = _adding(iam_actions.request_tag_context)


def _adding(original: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    @functools.wraps(original)
    def context(service: str, action: str, body: bytes, *rest: Any) -> dict[str, Any]:
        return {**original(service, action, body, *rest), **keys(action, body)}

    return context


def keys(action: str, body: bytes) -> Keys:
    """The request's own keys; none where it is not understood, so that no condition holds."""
    read = _READERS.get(action)
    if read is None:
        return {}
    try:
        return read(_parsed(body))
    except (ValueError, KeyError, AttributeError, TypeError):
        return {}


def _events(request: Mapping[str, Any]) -> Keys:
    """What all entries agree on. AWS checks each by itself; mixed ones are refused as a whole."""
    names = {"events:source": "Source", "events:detail-type": "DetailType"}
    said = {key: {entry.get(name) for entry in request["Entries"]} for key, name in names.items()}
    return {key: str(next(iter(v))) for key, v in said.items() if len(v) == 1 and v != {None}}


def _metrics(request: Mapping[str, Any]) -> Keys:
    return {"cloudwatch:namespace": str(request["Namespace"])}


def _leading_keys(request: Mapping[str, Any]) -> Keys:
    found = leading_keys.of(dict(request))
    return {"dynamodb:LeadingKeys": found} if found else {}


def _encryption_context(request: Mapping[str, Any]) -> Keys:
    context = request.get("EncryptionContext") or {}
    pairs = {f"kms:EncryptionContext:{name}": value for name, value in context.items()}
    return {**pairs, "kms:EncryptionContextKeys": list(context)} if context else {}


def _mapping(request: Mapping[str, Any]) -> Keys:
    from localcloud.iam import arn

    name = str(request["FunctionName"])
    return {"lambda:FunctionArn": name if ":" in name else arn("lambda", f"function:{name}")}


def _subscription(request: Mapping[str, Any]) -> Keys:
    return {"sns:Protocol": request["Protocol"], "sns:Endpoint": request["Endpoint"]}


def _assumption(request: Mapping[str, Any]) -> Keys:
    names = {"sts:ExternalId": "ExternalId", "sts:RoleSessionName": "RoleSessionName"}
    return {key: request[name] for key, name in names.items() if name in request}


def _scaling(request: Mapping[str, Any]) -> Keys:
    names = {"service-namespace": "ServiceNamespace", "scalable-dimension": "ScalableDimension"}
    return {
        f"application-autoscaling:{key}": request[name]
        for key, name in names.items()
        if name in request
    }


_TARGETS = (
    *("DeleteScalingPolicy", "DeleteScheduledAction", "DeregisterScalableTarget"),
    *("PutScalingPolicy", "PutScheduledAction", "RegisterScalableTarget"),
)
_ITEMS = (
    *("BatchGetItem", "BatchWriteItem", "ConditionCheckItem", "DeleteItem", "GetItem", "PutItem"),
    *("Query", "TransactGetItems", "TransactWriteItems", "UpdateItem"),
)
_WITH_CONTEXT = (
    *("CreateGrant", "Decrypt", "Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext"),
    *("GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext"),
)
_READERS: dict[str, Callable[[Mapping[str, Any]], Keys]] = {
    "events:PutEvents": _events,
    "cloudwatch:PutMetricData": _metrics,
    "lambda:CreateEventSourceMapping": _mapping,
    "lambda:UpdateEventSourceMapping": _mapping,
    "sns:Subscribe": _subscription,
    "sts:AssumeRole": _assumption,
    **{f"application-autoscaling:{name}": _scaling for name in _TARGETS},
    **{f"dynamodb:{name}": _leading_keys for name in _ITEMS},
    **{f"kms:{name}": _encryption_context for name in _WITH_CONTEXT},
}


def _parsed(body: bytes) -> Mapping[str, Any]:
    """A request in JSON or in the query protocol; the SDKs compress a large one."""
    if body[:2] == b"\x1f\x8b":
        body = gzip.decompress(body)
    if body[:1] != b"{":
        return {name: values[0] for name, values in parse_qs(body.decode()).items()}
    parsed: Mapping[str, Any] = json.loads(body)
    return parsed
