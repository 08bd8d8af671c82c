"""The event that a function URL makes of a request: payload format 2.0.

MiniStack leaves out the cookies and who signed. Upstream: `lambda_svc._build_function_url_event`.
Format: https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
"""

from __future__ import annotations

from typing import Any

from ministack.core import iam_evaluator
from ministack.core.router import extract_access_key_id
from ministack.services import lambda_svc

from localcloud.config import ACCOUNT, HOST, REGION


def build(
    url_id: str,
    method: str,
    path: str,
    headers: dict[str, str],
    body: bytes,
    query: dict[str, list[str]],
    auth_type: str,
    source_ip: str | None,
) -> dict[str, Any]:
    event: dict[str, Any] = lambda_svc._build_function_url_event(
        url_id,
        ACCOUNT,
        REGION,
        method,
        path,
        headers,
        body,
        query,
        source_ip=source_ip or HOST,
        anonymous=auth_type == "NONE",
    )
    if cookies := event["headers"].pop("cookie", None):
        event["cookies"] = [each.strip() for each in cookies.split(";")]
    context = event["requestContext"]
    context["authentication"] = None
    if auth_type == "AWS_IAM":
        context["authorizer"] = {"iam": _caller(extract_access_key_id(headers, query))}
    return event


def _caller(access_key: str) -> dict[str, Any]:
    found = iam_evaluator.resolve_caller_identity(access_key) or {}
    user_id = found.get("userId", "")
    return {
        "accessKey": access_key,
        "accountId": found.get("accountId", ACCOUNT),
        "callerId": user_id,
        "cognitoIdentity": None,
        "principalOrgId": found.get("principalOrgId"),
        "userArn": found.get("userArn", ""),
        "userId": user_id,
    }
