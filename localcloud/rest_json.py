"""A service of the REST-JSON protocol as the same table of functions as the JSON protocol's."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

from localcloud.json_service import Document, Handler, Operation, Response, handler, model


def adapter(
    service: str,
    operations: Mapping[str, Operation],
    around: Callable[[Handler], Handler] = lambda handle: handle,
) -> Handler:
    """What the URI and the query hold joins the body, as botocore's model places it.

    `around` wraps the handler where it sees the operation's name and the whole request."""
    run = around(handler(service, operations))

    async def handle(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
    ) -> Response:
        name, members = _request(service, method, path, query)
        with contextlib.suppress(ValueError):  # what is no JSON, the handler refuses
            body = json.dumps({**json.loads(body or b"{}"), **members}).encode()
        return await run(method, path, {**headers, "x-amz-target": f".{name}"}, body, query)

    return handle


def _request(
    service: str, method: str, path: str, query: Mapping[str, Any]
) -> tuple[str, Document]:
    """The operation's name ("" if there is none) and the members outside of the body."""
    for name in model(service).operation_names:
        operation = model(service).operation_model(name)
        if operation.http["method"] != method:
            continue
        pattern = re.sub(
            r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(operation.http["requestUri"])
        )
        if match := re.fullmatch(pattern, path):
            found: Document = {key: unquote(value) for key, value in match.groupdict().items()}
            return name, {**found, **_of_query(operation.input_shape, query)}
    return "", {}


def _of_query(shape: Any, query: Mapping[str, Any]) -> Document:
    found: Document = {}
    for name, member in shape.members.items():
        key = member.serialization.get("name", name)
        if member.serialization.get("location") == "querystring" and key in query:
            values = query[key] if isinstance(query[key], list) else [query[key]]
            found[name] = values if member.type_name == "list" else values[0]
    return found
