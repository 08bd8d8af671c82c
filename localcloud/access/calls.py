"""What a request asks besides its own action: to pass a role, to use a key. Checked for it here.

Put around the services' handlers, behind MiniStack's check of the action itself.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from ministack.core import iam_actions, iam_evaluator
from ministack.core.router import extract_access_key_id

from localcloud.config import REGION
from localcloud.json_service import Handler, Response

Keys = Mapping[str, Any]
Wanted = tuple[str, str, Keys]  # an action, the resource's ARN and condition keys


@dataclass(frozen=True)
class Call:
    service: str
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    query: Mapping[str, Any]

    @functools.cached_property
    def operation(self) -> str:
        """botocore's name of it, or S3's action; "" where it is not known."""
        if target := self.headers.get("x-amz-target", ""):
            return target.rpartition(".")[2]
        if self.service == "s3":
            return iam_actions._s3_action(self.method, self.path, self.query) or ""
        if action := self._form.get("Action"):
            return str(action)
        route = (self.service, self.method, self.path, self.query)
        return iam_actions._match_rest_action(*route) or ""

    @functools.cached_property
    def document(self) -> dict[str, Any]:
        """The request's members, of the query protocol or of JSON; {} where it is neither."""
        if self._form:
            return self._form
        try:
            read = json.loads(self.body or b"{}")
        except ValueError:
            return {}
        return read if isinstance(read, dict) else {}

    @functools.cached_property
    def _form(self) -> dict[str, Any]:
        words = {k: v[0] if isinstance(v, list) else v for k, v in self.query.items()}
        kind = self.headers.get("content-type", "")
        if kind.startswith("application/x-www-form-urlencoded"):
            words |= {k: v[0] for k, v in parse_qs(self.body.decode()).items()}
        return words if "Action" in words else {}


Check = Callable[[Call], "Iterator[Wanted]"]
Refusal = Callable[[Call], "Response | None"]


def checked(service: str, handle: Handler, checks: list[Check], refusal: Refusal) -> Handler:
    """`refusal` answers for what the service itself would refuse, after all permissions."""

    @functools.wraps(handle)
    async def handle_checked(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
    ) -> Response:
        call = Call(service, method, path, headers, body, query)
        for check in checks:
            for wanted in check(call):
                if refused := denied(call, wanted):
                    return refused
        return refusal(call) or await handle(method, path, headers, body, query)

    return handle_checked


def denied(call: Call, wanted: Wanted) -> Response | None:
    action, resource, keys = wanted
    result = iam_evaluator.enforce(
        extract_access_key_id(call.headers, call.query),
        action,
        action.partition(":")[0],
        REGION,
        resource_arn=resource,
        service_context=dict(keys),
    )
    if result is None:
        return None
    principal = getattr(result, "principal_arn", "") or "unknown"
    explicit = getattr(result, "decision", "") == "Deny"
    text = iam_actions.identity_denial_message(action, principal, resource, explicit)
    answer: Response = iam_actions.access_denied_response(
        call.service,
        action,
        principal,
        "00000000-0000-0000-0000-000000000000",
        headers=call.headers,
        message=text,
        resource_arn=resource,
        explicit_deny=explicit,
    )
    return answer
