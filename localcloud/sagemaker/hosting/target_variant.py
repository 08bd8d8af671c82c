"""The condition key sagemaker:TargetVariant, which a request says in a header.

Upstream: `iam_actions.request_tag_context` would be given the request's headers.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

_variant: ContextVar[str | None] = ContextVar("target_variant", default=None)
_KEY = "sagemaker:targetvariant"  # keys ignore case; MiniStack looks for the lower one
_ACTIONS = ("sagemaker:InvokeEndpoint", "sagemaker:InvokeEndpointWithResponseStream")


def install() -> None:
    from ministack.core import iam_actions

    iam_actions.extract_resource_arn = _reading(iam_actions.extract_resource_arn)
    iam_actions.request_tag_context = _adding(iam_actions.request_tag_context)


def _reading(original: Callable[..., str]) -> Callable[..., str]:
    """MiniStack asks for the resource just before it asks for the condition keys."""

    @functools.wraps(original)
    def extract(service: str, method: str, path: str, headers: dict[str, str], *rest: Any) -> str:
        _variant.set(headers.get("x-amzn-sagemaker-target-variant"))
        return original(service, method, path, headers, *rest)

    return extract


def _adding(original: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    @functools.wraps(original)
    def context(service: str, action: str, *rest: Any) -> dict[str, Any]:
        found = original(service, action, *rest)
        variant = _variant.get() if action in _ACTIONS else None
        return {**found, _KEY: variant} if variant else found

    return context
