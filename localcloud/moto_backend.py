"""moto's records of SageMaker and CodeDeploy, called in process under this cloud's account."""

from __future__ import annotations

import json
from typing import Any

from localcloud.config import ACCOUNT, REGION
from localcloud.json_service import Document, Operation, ServiceError


def backend(service: str) -> Any:
    """moto's store of one service; also where a record is mended that moto gets wrong."""
    from moto.backends import get_backend

    return get_backend(service)[ACCOUNT][REGION]


def operation(service: str, name: str) -> Operation:
    """An operation that moto answers as AWS does."""
    return lambda request: call(service, name, request)


def call(service: str, name: str, request: Document) -> Document:
    """Raises ServiceError with moto's code and message."""
    from moto.core.request import Request

    url = f"https://{service}.{REGION}.amazonaws.com/"
    if service == "sagemaker":
        url = f"https://api.sagemaker.{REGION}.amazonaws.com/"
    scope = f"Credential=LOCALCLOUD/20200101/{REGION}/{service}/aws4_request"
    headers = {
        "X-Amz-Target": f"{service}.{name}",
        "Content-Type": "application/x-amz-json-1.1",
        "Authorization": f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0",
        "x-moto-account-id": ACCOUNT,
    }
    sent = Request.from_primitives("POST", url, headers, json.dumps(request).encode())
    status, _, body = _responses(service).dispatch(sent, url, headers)
    content: Document = json.loads(body or "{}")
    if int(status) >= 400:
        code = str(content.get("__type", "InternalFailure")).rpartition("#")[2]
        raise ServiceError(code, content.get("message") or content.get("Message") or code)
    return content


def _responses(service: str) -> Any:
    if service == "sagemaker":
        from moto.sagemaker.responses import SageMakerResponse

        return SageMakerResponse
    if service == "application-autoscaling":
        from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse

        return ApplicationAutoScalingResponse
    from moto.codedeploy.responses import CodeDeployResponse

    return CodeDeployResponse
