"""A function's lines reach its log group only as far as its role may write there."""

from __future__ import annotations

from localcloud.access import judge
from localcloud.iam import arn


def are_refused(role_arn: str, group: str, stream: str) -> bool:
    """Without these permissions a function runs and logs nothing, as on AWS."""
    from ministack.services import cloudwatch_logs

    known = cloudwatch_logs._log_groups.get(group)
    wanted = [("logs:PutLogEvents", stream)]
    if known is None or stream not in known["streams"]:
        wanted.insert(0, ("logs:CreateLogStream", stream))
    if known is None:
        wanted.insert(0, ("logs:CreateLogGroup", ""))
    return any(
        judge.as_role(role_arn, action, arn("logs", f"log-group:{group}:log-stream:{name}"))
        for action, name in wanted
    )
