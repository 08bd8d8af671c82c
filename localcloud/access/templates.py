"""A role that does not trust the service it is given to fails the deployment, as it does on AWS.

CloudFormation makes its resources here without requests, so that no request's check sees them.
Upstream: a check of the role in each of `provisioners._RESOURCE_HANDLERS`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from ministack.services.cloudformation import provisioners

from localcloud.access import keys, passing
from localcloud.config import ACCOUNT, REGION

TYPES = {
    "AWS::Events::Rule": "events",
    "AWS::KinesisFirehose::DeliveryStream": "firehose",
    "AWS::Lambda::Function": "lambda",
    "AWS::Logs::SubscriptionFilter": "logs",
    "AWS::Pipes::Pipe": "pipes",
    "AWS::Scheduler::Schedule": "scheduler",
    "AWS::StepFunctions::StateMachine": "states",
}
_LOG_GROUP = "AWS::Logs::LogGroup"
_Refuses = Callable[[dict[str, Any]], str | None]


def install() -> None:
    for kind, service in TYPES.items():
        _check(kind, functools.partial(_distrust, service))
    _check(_LOG_GROUP, _closed_key)


def _check(kind: str, refuses: _Refuses) -> None:
    handlers = provisioners._RESOURCE_HANDLERS.get(kind)
    if handlers is None:
        return
    handlers["create"] = _checked(handlers["create"], 1, refuses)
    if handlers.get("update"):
        handlers["update"] = _checked(handlers["update"], 2, refuses)


def _checked(original: Callable[..., Any], position: int, refuses: _Refuses) -> Callable[..., Any]:
    @functools.wraps(original)
    def checked(*given: Any, **named: Any) -> Any:
        if text := refuses(given[position]):
            raise ValueError(text)
        return original(*given, **named)

    return checked


def _distrust(service: str, properties: dict[str, Any]) -> str | None:
    problem = passing.distrust(service, list(passing.found(_passed(properties))))
    if problem is None:
        return None
    code, text = problem
    return f'Resource handler returned message: "{text}" (Service: {service}, Error Code: {code})'


def _passed(properties: dict[str, Any]) -> dict[str, Any]:
    """Not what a function or a machine merely mentions: its variables and its definition."""
    mentioned = ("Environment", "DefinitionString", "DefinitionSubstitutions", "Definition")
    return {name: value for name, value in properties.items() if name not in mentioned}


def _closed_key(properties: dict[str, Any]) -> str | None:
    """CloudWatch Logs encrypts as itself, so the key's policy must name it."""
    reference = properties.get("KmsKeyId")
    if not reference:
        return None
    group = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{properties.get('LogGroupName', '*')}"
    context = keys.context("logs", group)
    service = f"logs.{REGION}.amazonaws.com"
    actions = ("kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey")
    if keys.by_service(reference, service, actions, group, context):
        return (
            f"The specified KMS key does not exist or is not allowed to be used with Arn '{group}'"
        )
    return None
