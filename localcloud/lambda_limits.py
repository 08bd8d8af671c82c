"""Invoke refuses a payload over Lambda's limit before any code of the function runs.

MiniStack takes any size, says a throttle in words of its own, and lets versions and aliases past
the function's reserved concurrency. Upstream: a check in `lambda_svc._invoke`, AWS's members in
`_throttle_response`, the function's record in `_reserved_concurrency`. Limits:
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

    reserved = lambda_svc._reserved_concurrency

    def of_all_versions(func: dict[str, Any], config: dict[str, Any]) -> int | None:
        owner = lambda_svc._functions.get(config.get("FunctionName", ""))
        return reserved(owner or func, config)  # type: ignore[no-any-return]

    lambda_svc.handle_request = limited
    lambda_svc._throttle_response = throttled
    lambda_svc._reserved_concurrency = of_all_versions


def throttled(reason_code: str, _message: str = "", **_more: Any) -> dict[str, Any]:
    body = {
        "__type": "TooManyRequestsException",
        "Type": "User",
        "Reason": reason_code,
        "message": "Rate Exceeded.",
        "retryAfterSeconds": "1",
    }
    return {"throttle": True, "error": True, "body": body, "log": ""}
