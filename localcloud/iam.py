"""IAM for the services that MiniStack lacks: which action and which resource a request is about."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from typing import Any

from localcloud.config import ACCOUNT, REGION
from localcloud.json_service import Document, Handler, Response, ServiceError

Resource = Callable[[Document, str], str]
Extra = Callable[[str, Document], list[tuple[str, str, Document]]]
Instead = Callable[[str, str, Document], bool]

_resources: dict[str, Resource] = {}


def register(service: str, resource: Resource) -> None:
    """`resource(request, operation)` gives the ARN that a policy must name, or "*"."""
    from ministack.core import iam_actions

    iam_actions.SERVICE_TO_IAM_NAMESPACE[service] = service
    iam_actions._SERVICE_PROTOCOL[service] = "json"
    _resources[service] = resource


def install() -> None:
    from ministack.core import iam_actions

    iam_actions.extract_resource_arn = _naming_resources(iam_actions.extract_resource_arn)
    iam_actions.access_denied_response = _naming_denials(iam_actions.access_denied_response)


def _naming_resources(original: Callable[..., str]) -> Callable[..., str]:
    @functools.wraps(original)
    def extract(
        service: str, method: str, path: str, headers: dict[str, str], body: bytes, *rest: Any
    ) -> str:
        if service not in _resources:
            return original(service, method, path, headers, body, *rest)
        try:
            request = json.loads(body or b"{}")
            operation = headers.get("x-amz-target", "").rpartition(".")[2]
            return _resources[service](request, operation)
        except (ValueError, KeyError, AttributeError, TypeError, ServiceError):
            return "*"  # the service itself refuses such a request, with a better message

    return extract


def _naming_denials(original: Callable[..., Response]) -> Callable[..., Response]:
    """MiniStack's message leaves the resource out, which is what one needs to mend a policy."""

    @functools.wraps(original)
    def deny(service: str, action: str, principal: str, request_id: str, **words: Any) -> Response:
        if service not in _resources or words.get("message") or words.get("error_code"):
            return original(service, action, principal, request_id, **words)
        resource = words.get("resource_arn", "*")
        text = _message(principal, action, resource, bool(words.get("explicit_deny")))
        return original(service, action, principal, request_id, **{**words, "message": text})

    return deny


def _message(principal: str, action: str, resource: str, explicit: bool) -> str:
    from ministack.core.iam_actions import identity_denial_message

    text: str = identity_denial_message(action, principal, resource, explicit)
    return text


def also_checking(handle: Handler, extra: Extra, instead: Instead | None = None) -> Handler:
    """Check what AWS checks besides the operation itself: PassRole, AddTags and the like.

    `extra(operation, request)` gives (action, resource ARN, condition context) of each;
    `instead(action, resource, request)` is true where somebody else may what the caller may not.
    """

    @functools.wraps(handle)
    async def checked(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
    ) -> Response:
        try:
            request = json.loads(body or b"{}")
            wanted = extra(headers.get("x-amz-target", "").rpartition(".")[2], request)
        except (ValueError, KeyError, AttributeError, TypeError):
            wanted = []
        for action, resource, context in wanted:
            denied = _denied(headers, query, action, resource, context)
            if denied and not (instead and instead(action, resource, request)):
                answer = {"__type": "AccessDeniedException", "message": denied}
                head = {
                    "Content-Type": "application/x-amz-json-1.1",
                    "x-amzn-errortype": "AccessDeniedException",
                }
                return 400, head, json.dumps(answer).encode()
        return await handle(method, path, headers, body, query)

    return checked


def _denied(
    headers: Mapping[str, str],
    query: Mapping[str, Any],
    action: str,
    resource: str,
    context: Document,
) -> str | None:
    from ministack.core.iam_evaluator import enforce
    from ministack.core.router import extract_access_key_id

    key = extract_access_key_id(headers, query)
    result = enforce(
        key,
        action,
        action.partition(":")[0],
        REGION,
        resource_arn=resource,
        service_context=context,
    )
    if result is None:
        return None
    principal = getattr(result, "principal_arn", None) or "unknown"
    return _message(principal, action, resource, getattr(result, "decision", "") == "Deny")


def arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"


def field(request: Document, *names: str) -> str:
    for name in names:
        if isinstance(request.get(name), str):
            return str(request[name])
    raise ServiceError("ValidationException", f"expected one of {', '.join(names)}")
