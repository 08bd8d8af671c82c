"""Invoke refuses a payload over Lambda's limit before any code of the function runs.

MiniStack takes any size, and says a throttle in words of its own. Upstream: a check in
`lambda_svc._invoke`, AWS's members in `_throttle_response`. Limits:
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""

from __future__ import annotations

from typing import Any

from ministack.core.responses import error_response_json
from ministack.services import lambda_svc

MAX_REQUEST = 6 * 2**20
MAX_EVENT = 2**20  # asynchronous


def install() -> None:
    handle = lambda_svc.handle_request

    async def limited(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
    ) -> Any:
        if method == "POST" and path.endswith("/invocations"):
            waits = headers.get("x-amz-invocation-type", "RequestResponse") != "Event"
            limit = MAX_REQUEST if waits else MAX_EVENT
            if len(body) > limit:
                return error_response_json(
                    "RequestEntityTooLargeException",
                    f"Request must be smaller than {limit} bytes for the InvokeFunction operation",
                    413,
                )
        return await handle(method, path, headers, body, query)

    lambda_svc.handle_request = limited
    lambda_svc._throttle_response = throttled


def throttled(reason_code: str, _message: str = "", **_more: Any) -> dict[str, Any]:
    body = {
        "__type": "TooManyRequestsException",
        "Type": "User",
        "Reason": reason_code,
        "message": "Rate Exceeded.",
        "retryAfterSeconds": "1",
    }
    return {"throttle": True, "error": True, "body": body, "log": ""}
