"""The resource that a policy must name, where MiniStack names another than AWS does.

Upstream: `iam_actions.extract_resource_arn`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.config import ACCOUNT, REGION

_ABOUT_TAGS = frozenset({"TagResource", "UntagResource", "ListTagsForResource"})


@dataclass(frozen=True)
class Request:
    """What the name of a resource may depend on."""

    path: str
    headers: Mapping[str, str]
    query: Mapping[str, Any]

    def word(self, name: str) -> str:
        value = self.query.get(name, "")
        return str(value[0] if isinstance(value, list) else value)

    @property
    def operation(self) -> str:
        return self.word("Action") or self.headers.get("x-amz-target", "").rpartition(".")[2]


def install() -> None:
    from ministack.core import iam_actions

    iam_actions.extract_resource_arn = _refined(iam_actions.extract_resource_arn)


def _refined(original: Callable[..., str]) -> Callable[..., str]:
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
        refine = _REFINED.get(service)
        return refine(Request(path, headers, query), arn) if refine else arn

    return extract


def invoked(request: Request, arn: str) -> str:
    """MiniStack leaves the qualifier of an invocation out, so a policy on `function:name` alone
    would do here and fail on AWS, and one on `function:name:live` the other way round."""
    if not request.path.endswith(("/invocations", "/invoke-async")):
        return arn
    qualifier = request.word("Qualifier")
    return f"{arn}:{qualifier}" if qualifier and arn.count(":") == 6 else arn


def log_group(request: Request, arn: str) -> str:
    """A log group is named with `:*` behind it, but for tags ("Overview of managing access
    permissions", Amazon CloudWatch Logs User Guide). MiniStack never has the `:*`."""
    parts = arn.split(":")
    is_bare = len(parts) == 7 and parts[5] == "log-group"
    return f"{arn}:*" if is_bare and request.operation not in _ABOUT_TAGS else arn


def alarms(request: Request, arn: str) -> str:
    """A list of alarms, of one alarm too, is of `alarm:*`; MiniStack says `*`, which no narrow
    policy matches."""
    every = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:*"
    return every if request.operation == "DescribeAlarms" else arn


_REFINED: dict[str, Callable[[Request, str], str]] = {
    "lambda": invoked,
    "logs": log_group,
    "monitoring": alarms,
}
