"""The resource that a policy must name for a list of alarms: all of them, even for a list of one.

MiniStack checks DescribeAlarms against `*`, which no narrow policy matches; AWS against `alarm:*`.
Upstream: `iam_actions.extract_resource_arn`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any


def install() -> None:
    from ministack.core import iam_actions

    iam_actions.extract_resource_arn = _naming_alarms(iam_actions.extract_resource_arn)


def _naming_alarms(original: Callable[..., str]) -> Callable[..., str]:
    @functools.wraps(original)
    def extract(
        service: str,
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes,
        query: dict[str, Any],
        region: str,
        account: str,
    ) -> str:
        if service == "monitoring" and _operation(headers, query) == "DescribeAlarms":
            return f"arn:aws:cloudwatch:{region}:{account}:alarm:*"
        return original(service, method, path, headers, body, query, region, account)

    return extract


def _operation(headers: dict[str, str], query: dict[str, Any]) -> str:
    action = query.get("Action", "")
    action = action[0] if isinstance(action, list) else action
    return str(action or headers.get("x-amz-target", "").rpartition(".")[2])
