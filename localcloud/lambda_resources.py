"""The resource that a policy must name for an invocation of a Lambda version or alias."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any


def install() -> None:
    from ministack.core import iam_actions

    iam_actions.extract_resource_arn = _qualified(iam_actions.extract_resource_arn)


def _qualified(original: Callable[..., str]) -> Callable[..., str]:
    """MiniStack leaves the qualifier out, so a policy on `function:name` alone would do here and
    fail on AWS, and one on `function:name:live` the other way round."""

    @functools.wraps(original)
    def extract(
        service: str,
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes,
        query: dict[str, Any],
        *rest: Any,
    ) -> str:
        arn = original(service, method, path, headers, body, query, *rest)
        if service != "lambda" or not path.endswith(("/invocations", "/invoke-async")):
            return arn
        qualifier = query.get("Qualifier")
        word = qualifier[0] if isinstance(qualifier, list) else qualifier
        return f"{arn}:{word}" if word and arn.count(":") == 6 else arn

    return extract
