"""iam:PassRole wherever a request hands a role to a service, and that role's trust in the service.

A role is a member of the request with "role" in its name that holds a role's ARN: the services'
own models name them so. The table says which service it is handed to, and how each refuses a role
that it cannot assume.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from localcloud import roles
from localcloud.access.calls import Call, Wanted
from localcloud.json_service import Response


@dataclass(frozen=True)
class Passing:
    """`code` is empty where the service's own module refuses an untrusting role."""

    principal: str
    code: str = ""
    text: str = ""


_EVENTS = Passing(
    "events.amazonaws.com",
    "ValidationException",
    "Provided role '{role}' cannot be assumed by principal 'events.amazonaws.com'.",
)
SERVICES: Mapping[str, Passing] = {
    "cloudformation": Passing(
        "cloudformation.amazonaws.com",
        "ValidationError",
        "Role {role} is invalid or cannot be assumed",
    ),
    "events": _EVENTS,
    "firehose": Passing(
        "firehose.amazonaws.com",
        "InvalidArgumentException",
        "Firehose is unable to assume role {role}. Please check the role provided.",
    ),
    "glue": Passing(
        "glue.amazonaws.com",
        "InvalidInputException",
        "Service is unable to assume provided role. Please verify role's TrustPolicy",
    ),
    "lambda": Passing(
        "lambda.amazonaws.com",
        "InvalidParameterValueException",
        "The role defined for the function cannot be assumed by Lambda.",
    ),
    "logs": Passing(
        "logs.amazonaws.com",
        "InvalidParameterException",
        "Could not deliver test message to the destination: the role {role} cannot be assumed.",
    ),
    "pipes": Passing(
        "pipes.amazonaws.com",
        "ValidationException",
        "The role {role} cannot be assumed by principal 'pipes.amazonaws.com'.",
    ),
    "scheduler": Passing(
        "scheduler.amazonaws.com",
        "ValidationException",
        "The execution role you provide must allow AWS EventBridge Scheduler to assume the role.",
    ),
    "states": Passing(
        "states.amazonaws.com",
        "AccessDeniedException",
        "Neither the global service principal states.amazonaws.com, nor the regional one is "
        "authorized to assume the provided role.",
    ),
    # These two ask for the role's trust where they use it, and for PassRole in their own modules.
    "codedeploy": Passing("codedeploy.amazonaws.com"),
    "sagemaker": Passing("sagemaker.amazonaws.com"),
}
# What a caller sends through, not to, the service: a role's name in it is passed to nobody.
_PAYLOADS = frozenset(
    [
        "Invoke",
        "InvokeAsync",
        "InvokeWithResponseStream",
        "PutEvents",
        "PutLogEvents",
        "PutRecord",
        "PutRecordBatch",
        "StartExecution",
        "StartSyncExecution",
        "TestEventPattern",
    ]
)
ELSEWHERE = frozenset({"codedeploy", "sagemaker"})


def passed(call: Call) -> Iterator[Wanted]:
    keys = {"iam:PassedToService": SERVICES[call.service].principal}
    for role in roles_in(call):
        yield "iam:PassRole", role, keys


def untrusting(call: Call) -> Response | None:
    if problem := distrust(call.service, roles_in(call)):
        code, text = problem
        if call.service == "cloudformation":
            error = (
                f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{escape(text)}</Message>"
            )
            body = f"<ErrorResponse>{error}</Error></ErrorResponse>"
            return 400, {"Content-Type": "text/xml"}, body.encode()
        document = {"__type": code, "message": text, "Type": "User"}
        headers = {"Content-Type": "application/json", "x-amzn-errortype": code}
        return 400, headers, json.dumps(document).encode()
    return None


def distrust(service: str, arns: list[str]) -> tuple[str, str] | None:
    """The service's error and message for the first role that does not trust it."""
    passing = SERVICES[service]
    for role in arns if passing.code else []:
        if not roles.trusts(role, passing.principal):
            return passing.code, passing.text.format(role=role)
    return None


def roles_in(call: Call) -> list[str]:
    """An invocation's payload and a batch of records are not the request's members."""
    if b"role" not in call.body or call.operation in _PAYLOADS:
        return []
    return list(dict.fromkeys(found(call.document)))


def found(document: Any, name: str = "") -> Iterator[str]:
    """Every role's ARN under a member that is named a role."""
    if isinstance(document, dict):
        for key, value in document.items():
            yield from found(value, key)
    elif isinstance(document, list):
        for value in document:
            yield from found(value, name)
    elif isinstance(document, str) and "role" in name.lower() and _is_role(document):
        yield document


def _is_role(text: str) -> bool:
    return text.startswith("arn:aws") and ":iam::" in text and ":role/" in text
