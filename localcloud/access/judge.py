"""Decides in the name of a role or of a service, where AWS's services act without a request.

What a caller asks over the gateway is decided by MiniStack's `enforce`; every decision of either
is written down with the statements that allowed it.
"""

from __future__ import annotations

import functools
import logging
import time
from collections.abc import Callable, Mapping
from contextvars import Context, ContextVar
from typing import Any

from ministack.core import iam_evaluator
from ministack.core.iam_actions import identity_denial_message

from localcloud import roles
from localcloud.access import decisions
from localcloud.config import ACCOUNT, REGION

_log = logging.getLogger("localcloud.access")
_said: dict[str, float] = {}
_QUIET_SECONDS = 10.0
Keys = Mapping[str, Any]
Matched = tuple[tuple[Any, ...], ...]

# What the evaluations of one decision matched; None outside of one.
_matched: ContextVar[list[Matched] | None] = ContextVar("localcloud_matched", default=None)
_OF_A_PRINCIPAL = {
    "aws:principalisawsservice": "false",
    "aws:viaawsservice": "false",
    "kms:calleraccount": ACCOUNT,
    "kms:grantisforawsresource": "false",
}


def as_role(
    role_arn: str, action: str, resource: str, keys: Keys | None = None, session: str = "service"
) -> str | None:
    """The denial's text when the role may not; None when it may."""
    if role_arn.count(":") != 5:
        return f"no role is given that may perform: {action} on resource: {resource}"
    key = roles.credentials(role_arn, session)["AWS_ACCESS_KEY_ID"]
    # In a context of its own: it is not the caller of the present request who is asked.
    result = Context().run(_away_from_requests, key, action, resource, dict(keys or {}))
    if text := denial(result, action, resource):
        _say(text)
        return text
    return None


def _away_from_requests(key: str, action: str, resource: str, keys: dict[str, Any]) -> Any:
    iam_evaluator.pin_request_origin("127.0.0.1", True)
    service = action.partition(":")[0]
    return iam_evaluator.enforce(key, action, service, REGION, resource, keys)


def denial(result: Any, action: str, resource: str) -> str | None:
    """What `enforce` returned, in AWS's words."""
    if result is None:
        return None
    principal = getattr(result, "principal_arn", "") or "unknown"
    explicit = getattr(result, "decision", "") == "Deny"
    return str(identity_denial_message(action, principal, resource, explicit))


def _say(text: str) -> None:
    """Once in a while: a poller or a log is refused many times a second."""
    now = time.monotonic()
    if now - _said.get(text, -_QUIET_SECONDS) >= _QUIET_SECONDS:
        _said[text] = now
        _log.warning("%s", text)


def as_service(
    service: str, action: str, resource: str, source: str = "", keys: Keys | None = None
) -> str | None:
    """As `as_role`, for a service principal: only the resource's own policy can allow it."""
    found = iam_evaluator._resource_policy(action.partition(":")[0], resource)
    return by_policy(found[0] if found else None, service, action, resource, source, keys)


def by_policy(
    policy: Any,
    service: str,
    action: str,
    resource: str,
    source: str = "",
    keys: Keys | None = None,
) -> str | None:
    context = iam_evaluator.EvalContext(
        principal_arn="*",  # so that `"Principal": "*"` holds, and no account's ARN does
        principal_type="Service",
        principal_account="",
        action=action,
        resource_arn=resource,
        region=REGION,
        secure_transport=True,
        service_context={
            "aws:principalisawsservice": "true",
            "aws:principalservicename": service,
            **_source(source),
            **{key.lower(): value for key, value in (keys or {}).items()},
        },
    )
    result = iam_evaluator.evaluate_resource_policy(policy, context, service=service)
    if result.decision == "Allow":
        statements = (("resource", resource, result.matched_sid),)
        decisions.record(service, action, resource, statements=statements)
        return None
    why = "because no statement allows it in its policy"
    if result.decision == "Deny":
        why = "with an explicit deny in its policy"
    text = f"{service} is not authorized to perform: {action} on resource: {resource} {why}"
    text += f" (for {source})" if source else ""
    _say(text)
    decisions.record(service, action, resource, denial=text)
    return text


def _source(arn: str) -> dict[str, str]:
    if not arn:
        return {}
    account = arn.split(":")[4] or ACCOUNT  # a bucket's ARN names no account
    return {"aws:sourcearn": arn, "aws:sourceaccount": account, "aws:sourceowner": account}


def install() -> None:
    iam_evaluator.evaluate = _collecting(iam_evaluator.evaluate)
    iam_evaluator.enforce = _recording(iam_evaluator.enforce)


def _collecting(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def evaluate(context: Any, policies: list[list[Any]], *limits: Any) -> Any:
        result = original(context, policies, *limits)
        seen = _matched.get()
        if seen is not None and result.decision == "Allow":
            seen.append(_allowing(context, policies))
        elif seen is not None:
            seen.append(())
        return result

    return evaluate


def _allowing(context: Any, policies: list[list[Any]]) -> Matched:
    """Every statement that allows it, not only the first."""
    return tuple(
        getattr(statement, "origin", ("resource", context.resource_arn, statement.sid))
        for statements in policies
        for statement in statements
        if iam_evaluator._first_match(context, [statement], "Allow")
    )


def _recording(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def enforce(
        access_key_id: str,
        iam_action: str,
        service: str,
        region: str,
        resource_arn: str = "*",
        service_context: Keys | None = None,
    ) -> Any:
        seen: list[Matched] = []
        token = _matched.set(seen)
        try:
            keys = {**_OF_A_PRINCIPAL, **(service_context or {})}
            result = original(access_key_id, iam_action, service, region, resource_arn, keys)
        finally:
            _matched.reset(token)
        if seen:  # root, and what is never refused, is not evaluated
            statements = tuple({s: None for matched in seen for s in matched})
            text = denial(result, iam_action, resource_arn) or ""
            who = getattr(result, "principal_arn", "") or _principal(access_key_id)
            allowed_by = () if text else statements
            decisions.record(who, iam_action, resource_arn, statements=allowed_by, denial=text)
        return result

    return enforce


def _principal(access_key_id: str) -> str:
    from ministack.services import sts

    session = sts._sessions.get(access_key_id)
    if session:
        return str(session["Arn"])
    known = iam_evaluator.resolve_principal(access_key_id, ACCOUNT)
    return str(getattr(known, "arn", access_key_id))
