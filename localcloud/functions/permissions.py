"""What a function's role may do where Lambda acts in its name without a call over the gateway."""

from __future__ import annotations

from localcloud import roles
from localcloud.access import judge


def denied(role_arn: str, action: str, resource: str) -> str | None:
    """The denial's text when no policy of the role allows it; None when it may."""
    if not roles.trusts(role_arn, "lambda.amazonaws.com"):
        return f"The role {role_arn} cannot be assumed by Lambda"
    return judge.as_role(role_arn, action, resource, session="lambda")
