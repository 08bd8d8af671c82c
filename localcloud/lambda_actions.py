"""Which IAM action a request to Lambda is: by botocore's own routes.

MiniStack's table takes GetAlias, UpdateAlias and DeleteAlias for ListAliases, and all that is
done to a layer for ListLayers. Upstream: `iam_actions._lambda_action`.
"""

from __future__ import annotations

# Where the action is not named like the operation.
_ACTIONS = {
    "Invoke": "InvokeFunction",
    "InvokeAsync": "InvokeFunction",
    "InvokeWithResponseStream": "InvokeFunction",
    "GetLayerVersionByArn": "GetLayerVersion",
}


def install() -> None:
    from ministack.core import iam_actions

    iam_actions._BOTOCORE_SERVICE_MAP["lambda"] = ["lambda"]
    iam_actions._lambda_action = action


def action(method: str, path: str) -> str | None:
    """The action without its prefix; None where Lambda has no such route."""
    from ministack.core import iam_actions

    operation = iam_actions._match_rest_action("lambda", method, path, {})
    return None if operation is None else _ACTIONS.get(operation, operation)
