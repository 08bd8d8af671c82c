"""Rules and schedules reach a target as their role, or as far as the target's own policy lets them.

MiniStack delivers with no role and asks nobody, and drops what it refuses without a word. Upstream:
`eventbridge._invoke_target` and its `_dispatch_to_*`.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from ministack.core.arn import parse_arn
from ministack.services import eventbridge

from localcloud import busy, roles
from localcloud.access import delivery, judge

_log = logging.getLogger("localcloud.access")
# A target is a request to this very server: never on the thread that serves one.
_pool = ThreadPoolExecutor(max_workers=16, thread_name_prefix="localcloud-targets")

Target = dict[str, Any]


class Refused(Exception):
    """The code and the text that a dead-letter queue is told."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True)
class Sender:
    """A rule or a schedule: as whom it acts, and where its failures are counted."""

    arn: str
    name: str
    scheduler: bool

    @property
    def principal(self) -> str:
        return "scheduler.amazonaws.com" if self.scheduler else "events.amazonaws.com"


def invoke(target: Target, event: dict[str, Any], rule: dict[str, Any], view: Any = None) -> None:
    """In place of MiniStack's: by role, by the target's policy, or to the dead-letter queue."""
    sender = Sender(rule.get("Arn", ""), rule.get("Name", ""), "Target" in rule)
    view = view or eventbridge._pattern_event_view(event)
    given = _given(target, rule, view)
    payload = json.dumps(view.event_with_detail()) if given is None else given
    path = set(event.get("_DispatchPath") or [])

    def deliver() -> None:
        try:
            _deliver(sender, target, payload, (event, rule, path, given))
        except Refused as refusal:
            delivery.failed(sender, target, payload, refusal.code, str(refusal))
        except Exception as error:
            _log.exception("%s could not reach %s", sender.arn, target.get("Arn"))
            delivery.failed(sender, target, payload, "INTERNAL_ERROR", repr(error))

    _pool.submit(copy_context().run, busy.holding(deliver))  # a step of the clock waits for it


def _given(target: Target, rule: dict[str, Any], view: Any) -> str | None:
    """The target's own input, if it has one; a path that leads nowhere leaves the whole event."""
    if target.get("InputTransformer"):
        made: str = eventbridge._apply_input_transformer(target["InputTransformer"], rule, view)
        return made
    if target.get("Input"):
        return str(target["Input"])
    value = view.event_with_detail()
    if not target.get("InputPath"):
        return None
    for part in filter(None, target["InputPath"].strip("$.").split(".")):
        if not isinstance(value, dict) or part not in value:
            return None
        value = value[part]
    return json.dumps(value)


def _deliver(sender: Sender, target: Target, payload: str, whence: tuple[Any, ...]) -> None:
    spec = parse_arn(target["Arn"])
    if spec.service == "events" and not sender.scheduler:
        return _to_events(sender, target, payload, spec, whence)
    if target.get("RoleArn"):
        return _as_role(sender, target, payload, spec.service)
    open_to = delivery.BY_POLICY.get(spec.service)
    if sender.scheduler or open_to is None:
        why = f"a target {target['Arn']} needs a role, or is none that the local cloud has"
        raise Refused("INVALID_PARAMETER", why)
    if not eventbridge._target_matches_request_scope(spec):
        raise Refused("NO_RESOURCE", f"{target['Arn']} is in another region or account")
    if text := open_to.denial(sender.principal, target["Arn"], sender.arn):
        raise Refused("NO_PERMISSIONS", text)
    open_to.send(target, payload)


def _to_events(
    sender: Sender, target: Target, payload: str, spec: Any, whence: tuple[Any, ...]
) -> None:
    event, rule, path, given = whence
    action = "events:PutEvents"
    if spec.resource.startswith("api-destination/"):
        action = "events:InvokeApiDestination"
    role = target.get("RoleArn", "")
    if role:
        _check_trust(role, sender)
    if role and (text := judge.as_role(role, action, target["Arn"])):
        raise Refused("NO_PERMISSIONS", text)
    if action == "events:PutEvents":
        eventbridge._dispatch_to_event_bus(spec, event, rule, path, given)
    else:
        http = target.get("HttpParameters") or {}
        document = eventbridge._pattern_event_view(event).event_with_detail()
        filled = eventbridge._resolve_http_parameters(http, document)
        eventbridge._dispatch_to_api_destination(
            spec, payload, {**target, "HttpParameters": filled}
        )


def _check_trust(role: str, sender: Sender) -> None:
    if not roles.trusts(role, sender.principal, sender.arn):
        text = f"The role {role} cannot be assumed by {sender.principal}."
        raise Refused("NO_PERMISSIONS", text)


def _as_role(sender: Sender, target: Target, payload: str, service: str) -> None:
    _check_trust(target["RoleArn"], sender)
    send: Callable[[Any, Target, str], Any] | None = delivery.BY_ROLE.get(service)
    if send is None:
        raise Refused("INVALID_PARAMETER", f"the local cloud has no target {target['Arn']}")
    name = "stepfunctions" if service == "states" else service
    session = delivery.session(sender.name)
    try:
        send(roles.client(name, target["RoleArn"], session), target, payload)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        denied = "AccessDenied" in code or "AuthorizationError" in code
        raise Refused("NO_PERMISSIONS" if denied else code, str(error)) from error
    except BotoCoreError as error:
        raise Refused("INVALID_PARAMETER", str(error)) from error


def install() -> None:
    eventbridge._invoke_target = invoke
