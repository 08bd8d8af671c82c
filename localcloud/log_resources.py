"""The resource that a policy must name for a log group: its ARN with `:*` behind it.

CloudWatch Logs has two forms of a group's ARN, and checks the one without `:*` for tags only
("Overview of managing access permissions", Amazon CloudWatch Logs User Guide). MiniStack checks
that one always, so that the right policy is denied. Upstream: `iam_actions.extract_resource_arn`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

_ABOUT_TAGS = frozenset({"TagResource", "UntagResource", "ListTagsForResource"})


def install() -> None:
    from ministack.core import iam_actions

    iam_actions.extract_resource_arn = _naming_groups(iam_actions.extract_resource_arn)


def _naming_groups(original: Callable[..., str]) -> Callable[..., str]:
    @functools.wraps(original)
    def extract(service: str, method: str, path: str, headers: dict[str, str], *rest: Any) -> str:
        arn = original(service, method, path, headers, *rest)
        operation = headers.get("x-amz-target", "").rpartition(".")[2]
        if service != "logs" or operation in _ABOUT_TAGS:
            return arn
        return group(arn)

    return extract


def group(arn: str) -> str:
    """arn:aws:logs:<region>:<account>:log-group:<name>:*; another ARN stays as it is."""
    parts = arn.split(":")
    is_bare_group = len(parts) == 7 and parts[5] == "log-group"
    return f"{arn}:*" if is_bare_group else arn
