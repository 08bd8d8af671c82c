"""What a caller of a function URL gets of a function's answer, and of its failures.

MiniStack shows the caller the function's error. Upstream: `lambda_execute_result_to_api_proxy_
response`. AWS says "Internal Server Error" and no more.
"""

from __future__ import annotations

import base64
import binascii
import json
import uuid
from typing import Any

from ministack.services import lambda_svc

Answer = tuple[int, dict[str, Any], bytes]


def refusal(status: int, text: str, headers: dict[str, Any] | None = None) -> Answer:
    kinds = {403: "AccessDeniedException", 413: "RequestEntityTooLargeException"}
    head = {
        "Content-Type": "application/json",
        "x-amzn-ErrorType": kinds.get(status, "ResourceNotFoundException"),
        "x-amzn-RequestId": str(uuid.uuid4()),
    }
    return status, {**head, **(headers or {})}, json.dumps({"Message": text}).encode()


def answer(result: dict[str, Any], cors: dict[str, Any], request_id: str) -> Answer:
    head = {"Content-Type": "application/json", "x-amzn-RequestId": request_id}
    if result.get("throttle"):
        said = {"Reason": result["body"].get("Reason"), "Type": "User", "message": "Rate Exceeded."}
        head["x-amzn-ErrorType"] = "TooManyRequestsException"
        return 429, {**head, **cors}, json.dumps(said).encode()
    if result.get("error"):
        return _failed(head, cors)
    try:
        status, own, cookies, body = _parts(result.get("body"))
    except (ValueError, TypeError, binascii.Error):
        return _failed(head, cors)
    lambda_svc._apply_headers_case_insensitively(head, own)
    lambda_svc._apply_headers_case_insensitively(head, cors)
    return status, {**head, **({"Set-Cookie": cookies} if cookies else {})}, body


def _failed(head: dict[str, Any], cors: dict[str, Any]) -> Answer:
    return 502, {**head, **cors}, b"Internal Server Error"


def _parts(answer: Any) -> tuple[int, dict[str, Any], list[str], bytes]:
    """(status, headers, cookies, body); an answer without a status code is the body as it is."""
    if not isinstance(answer, dict) or "statusCode" not in answer:
        text = answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)
        return 200, {}, [], b"" if answer is None else text.encode()
    body = answer.get("body")
    if body is not None and not isinstance(body, str):
        raise TypeError("the body of a response is a text")
    data = (body or "").encode()
    if answer.get("isBase64Encoded"):
        data = base64.b64decode(data, validate=True)
    return int(answer["statusCode"]), answer.get("headers") or {}, answer.get("cookies") or [], data
