"""The resource that a policy must name, where MiniStack names another than AWS does.

Upstream: `iam_actions.extract_resource_arn`.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.config import ACCOUNT, REGION

_ABOUT_TAGS = frozenset({"TagResource", "UntagResource", "ListTagsForResource"})
_ABOUT_STREAMS = frozenset({"CreateLogStream", "DeleteLogStream", "GetLogEvents", "PutLogEvents"})


@dataclass(frozen=True)
class Request:
    """What the name of a resource may depend on."""

    path: str
    headers: Mapping[str, str]
    query: Mapping[str, Any]
    body: bytes = b""

    def word(self, name: str) -> str:
        value = self.query.get(name, "")
        return str(value[0] if isinstance(value, list) else value)

    def member(self, name: str) -> str:
        """Of a JSON body; "" where there is none."""
        try:
            return str(json.loads(self.body).get(name) or "")
        except (ValueError, AttributeError):
            return ""

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
        return refine(Request(path, headers, query, body), arn) if refine else arn

    return extract


def qualified(request: Request, arn: str) -> str:
    """MiniStack leaves a request's qualifier out, so a policy on `function:name` alone would do
    here and fail on AWS, and one on `function:name:live` or `function:name:*` the other way round.
    """
    qualifier = request.word("Qualifier")
    return f"{arn}:{qualifier}" if qualifier and arn.count(":") == 6 else arn


def log_group(request: Request, arn: str) -> str:
    """A log group is named with `:*` behind it, but for tags ("Overview of managing access
    permissions", Amazon CloudWatch Logs User Guide); MiniStack never has the `:*`. What is done to
    one stream names it: of these MiniStack names the group."""
    parts = arn.split(":")
    if len(parts) != 7 or parts[5] != "log-group" or request.operation in _ABOUT_TAGS:
        return arn
    if request.operation in _ABOUT_STREAMS and (stream := request.member("logStreamName")):
        return f"{arn}:log-stream:{stream}"
    return f"{arn}:*"


def alarms(request: Request, arn: str) -> str:
    """A list of alarms, of one alarm too, is of `alarm:*`; MiniStack says `*`, which no narrow
    policy matches."""
    every = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:*"
    return every if request.operation == "DescribeAlarms" else arn


_REFINED: dict[str, Callable[[Request, str], str]] = {
    "lambda": qualified,
    "logs": log_group,
    "monitoring": alarms,
}
