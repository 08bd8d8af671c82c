"""An AWS service of the JSON protocol as a table of functions, checked against botocore's model."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from botocore.session import get_session
from botocore.validate import ParamValidator

log = logging.getLogger(__name__)

Document = dict[str, Any]
Operation = Callable[[Document], Document]
Response = tuple[int, dict[str, str], bytes]
Handler = Callable[[str, str, dict[str, str], bytes, dict[str, Any]], Awaitable[Response]]

SERVED: dict[str, Mapping[str, Operation]] = {}  # what this cloud adds, service by service


class ServiceError(Exception):
    """What an AWS client sees: an error code of the service's own model, and a message."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


@cache
def model(service: str) -> Any:
    return get_session().get_service_model(service)


def handler(service: str, operations: Mapping[str, Operation]) -> Handler:
    """Serve `operations`; one that AWS has and this cloud lacks is refused by its name."""
    SERVED[service] = operations

    async def handle(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
    ) -> Response:
        name = headers.get("x-amz-target", "").rpartition(".")[2]
        try:
            # A worker thread: an operation may call other services over the gateway's event loop.
            return _answer(200, await asyncio.to_thread(_run, service, operations, name, body))
        except ServiceError as error:
            return _answer(error.status, {"__type": error.code, "message": error.message})
        except Exception as error:
            log.exception("%s:%s failed", service, name)
            return _answer(500, {"__type": "InternalFailure", "message": repr(error)})

    return handle


def owners() -> dict[str, dict[str, str]]:
    """Who answers each operation that MiniStack lacks: moto as it is, or this cloud."""
    return {
        service: {
            name: "moto" if run.__module__ == "localcloud.moto_backend" else "us"
            for name, run in operations.items()
        }
        for service, operations in SERVED.items()
    }


def _run(service: str, operations: Mapping[str, Operation], name: str, body: bytes) -> Document:
    known = model(service)
    if name not in known.operation_names:
        raise ServiceError("UnknownOperationException", f"{service} has no operation {name!r}")
    if name not in operations:
        raise ServiceError(
            "UnknownOperationException",
            f"The local cloud does not do {service}:{name}; "
            f"it does {', '.join(sorted(operations))}",
        )
    try:
        request = json.loads(body or b"{}")
    except ValueError as error:
        raise ServiceError("SerializationException", f"{name}: the body is not JSON") from error
    report = ParamValidator().validate(request, known.operation_model(name).input_shape)
    if report.has_errors():
        raise ServiceError("ValidationException", f"{name}: {report.generate_report()}")
    return operations[name](request)


def _answer(status: int, document: Document) -> Response:
    content = json.dumps(document, default=_wire).encode()
    headers = {"Content-Type": "application/x-amz-json-1.1"}
    if status >= 400:
        headers["x-amzn-errortype"] = document["__type"]
    return status, headers, content


def _wire(value: object) -> object:
    if isinstance(value, datetime):
        return value.timestamp()
    raise TypeError(f"{value!r} has no JSON form")
