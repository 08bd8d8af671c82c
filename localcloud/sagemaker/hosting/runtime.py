"""sagemaker-runtime: InvokeEndpoint, from the signed request to the container's answer."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any
from urllib.parse import unquote

from localcloud.config import ACCOUNT, REGION
from localcloud.iam import arn
from localcloud.json_service import SERVED, Document, Response, ServiceError
from localcloud.sagemaker import data_plane
from localcloud.sagemaker.hosting import content_type
from localcloud.sagemaker.hosting.instance import Answer, NoAnswer
from localcloud.sagemaker.hosting.live import Call, Live

_log = logging.getLogger(__name__)

PATH = r"/endpoints/(?P<name>[^/]+)/(?P<kind>[a-z-]+)"
MOST_BYTES, MOST_BYTES_SERVERLESS = 6_291_456, 4_194_304
_AMZN = "x-amzn-sagemaker-"
_ATTRIBUTES = f"{_AMZN}custom-attributes"
# What reaches the container; all other headers end at SageMaker.
_FORWARDED = {
    "content-type": "Content-Type",
    "accept": "Accept",
    _ATTRIBUTES: "X-Amzn-SageMaker-Custom-Attributes",
    f"{_AMZN}inference-id": "X-Amzn-SageMaker-Inference-Id",
    f"{_AMZN}target-variant": "X-Amzn-SageMaker-Target-Variant",
}
_LACKING = ("target-model", "enable-explanations", "inference-component", "session-id")

_OTHERS = {
    "async-invocations": "InvokeEndpointAsync",
    "invocations-response-stream": "InvokeEndpointWithResponseStream",
}

Find = Callable[[str], Live]


class ModelError(ServiceError):
    def __init__(self, endpoint: str, status: int, container: str, text: str) -> None:
        self.original, self.text = status, text
        group = f"/aws/sagemaker/Endpoints/{endpoint}"
        self.log = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}"
        side = "client" if 400 <= status < 500 else "server"
        console = f"https://{REGION}.console.aws.amazon.com/cloudwatch/home?region={REGION}"
        super().__init__(
            "ModelError",
            f'Received {side} error ({status}) from {container} with message "{text}". See '
            f"{console}#logEventViewer:group={group} in account {ACCOUNT} for more information.",
            424,
        )


class Runtime:
    """`find` gives the live endpoint of a name, or raises AWS's error."""

    def __init__(self, find: Find) -> None:
        self._find = find
        # Not asyncio's own pool: a model may call this server while it answers.
        self._pool = ThreadPoolExecutor(256, thread_name_prefix="sagemaker-invoke")

    def install(self) -> None:
        data_plane.register("sagemaker-runtime", PATH, "endpoint/{name}", self.handle)
        SERVED["sagemaker-runtime"] = {"InvokeEndpoint": self.invoke_endpoint}

    async def handle(
        self, method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
    ) -> Response:
        match = re.fullmatch(PATH, path)
        assert match is not None
        work = self._invoke, unquote(match["name"]), match["kind"], headers, body
        return await asyncio.get_running_loop().run_in_executor(
            self._pool, copy_context().run, *work
        )

    def invoke_endpoint(self, request: Document) -> Document:
        """The operation without HTTP, for callers in this process."""
        headers = {"content-type": request.get("ContentType", "")}
        headers["accept"] = request.get("Accept", "")
        variant, answer = self._answer(request["EndpointName"], headers, request.get("Body", b""))
        return {"Body": answer.body, "InvokedProductionVariant": variant}

    def _invoke(self, name: str, kind: str, headers: dict[str, str], body: bytes) -> Response:
        try:
            if kind != "invocations":
                asked = _OTHERS.get(kind, f"the path /endpoints/{name}/{kind}")
                text = f"The local cloud does not do {asked}"
                raise ServiceError("UnknownOperationException", text)
            variant, answer = self._answer(name, headers, body)
        except ServiceError as error:
            return _refused(error)
        except Exception as error:
            _log.exception("invocation of %s", name)
            return _refused(ServiceError("InternalFailure", repr(error), 500))
        found = {
            "Content-Type": answer.headers.get("content-type", "application/octet-stream"),
            content_type.VARIANT: variant,
        }
        if attributes := answer.headers.get(_ATTRIBUTES):
            found["X-Amzn-SageMaker-Custom-Attributes"] = attributes
        return 200, found, answer.body

    def _answer(self, name: str, headers: Mapping[str, str], body: bytes) -> tuple[str, Answer]:
        for word in _LACKING:
            if f"{_AMZN}{word}" in headers:
                raise _lacks(f"the header X-Amzn-SageMaker-{word.title()}")
        live = self._find(name)
        plan = live.main().plan
        most = MOST_BYTES_SERVERLESS if plan.serverless else MOST_BYTES
        if len(body) > most:
            raise ServiceError("413", f"HTTP content length exceeded {most} bytes.", 413)
        container = headers.get(f"{_AMZN}target-container-hostname")
        direct = plan.variants[0].model.direct
        if direct != (container is not None):
            verb = "is needed" if direct else "cannot be given"
            raise ServiceError(
                "ValidationError", f"TargetContainerHostname {verb} for endpoint {name}"
            )
        forwarded = {_FORWARDED[key]: v for key, v in headers.items() if key in _FORWARDED}
        variant = headers.get(f"{_AMZN}target-variant")
        try:
            called, answer = live.invoke(Call(body, headers, forwarded, variant, container))
        except NoAnswer as failure:
            raise ModelError(name, 0, failure.container, str(failure)) from failure
        if not 200 <= answer.status < 300:
            text = answer.body.decode("utf-8", "replace")
            raise ModelError(name, answer.status, answer.container, text)
        return called, answer


def _lacks(what: str) -> ServiceError:
    return ServiceError("ValidationError", f"The local cloud lacks {what}")


def not_found(name: str) -> ServiceError:
    found = arn("sagemaker", f"endpoint/{name}").split(":")[4]
    return ServiceError("ValidationError", f"Endpoint {name} of account {found} not found.")


def _refused(error: ServiceError) -> Response:
    document: Document = {"Message": error.message, "message": error.message}
    head = {"Content-Type": "application/json"}
    if not error.code.isdigit():
        head["x-amzn-errortype"] = error.code
    if isinstance(error, ModelError):
        document |= {"OriginalStatusCode": error.original, "OriginalMessage": error.text}
        document["LogStreamArn"] = error.log
    return error.status, head, json.dumps(document).encode()
