"""The local cloud's own pages, under /_localcloud/: what AWS has no API for, or shows in a console.

A page is registered by whoever owns it. The gateway serves them before MiniStack sees the request.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl

from localcloud.json_service import ServiceError

PREFIX = "/_localcloud/"
OWN_HOSTS = frozenset({"127.0.0.1", "localhost"})

log = logging.getLogger(__name__)

Scope = dict[str, Any]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]


@dataclass(frozen=True)
class Request:
    """`parameters` are the named groups of the page's pattern; header names are in lower case."""

    method: str
    path: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


Handler = Callable[[Request], Awaitable[Answer]]

_pages: list[tuple[str, re.Pattern[str], Handler]] = []


def register(method: str, pattern: str, handler: Handler) -> None:
    """`pattern` is a regular expression for the whole path after /_localcloud/.

    The handler runs on the event loop: it hands slow work to `asyncio.to_thread`."""
    _pages.append((method, re.compile(pattern), handler))


def as_json(status: int, document: Any) -> Answer:
    return Answer(status, json.dumps(document).encode())


def owns(scope: Scope) -> bool:
    return scope["type"] == "http" and str(scope["path"]).startswith(PREFIX)


async def serve(scope: Scope, receive: Receive, send: Send) -> None:
    headers = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]}
    answer = await _answer(scope, headers, receive)
    if scope["method"] == "HEAD":
        answer = replace(answer, body=b"")
    await send_answer(send, answer)


async def send_answer(send: Send, answer: Answer) -> None:
    sent = {
        "content-type": answer.content_type,
        "content-length": str(len(answer.body)),
        "x-content-type-options": "nosniff",
        **answer.headers,
    }
    lines = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in sent.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": lines})
    await send({"type": "http.response.body", "body": answer.body})


async def _answer(scope: Scope, headers: Mapping[str, str], receive: Receive) -> Answer:
    # A foreign name that resolves to the loopback would make our pages a web page's own origin.
    host = headers.get("host", "").rsplit(":", 1)[0]
    if host not in OWN_HOSTS:
        return as_json(403, {"error": f"{host!r} is not a name of this machine's loopback"})
    path, method = str(scope["path"])[len(PREFIX) :], str(scope["method"])
    found = [(m, page, match) for m, p, page in _pages if (match := p.fullmatch(path))]
    wanted = "GET" if method == "HEAD" else method
    for allowed, page, match in found:
        if allowed == wanted:
            query = dict(parse_qsl(scope.get("query_string", b"").decode("latin-1")))
            body = await _read(receive)
            request = Request(method, path, match.groupdict(), query, headers, body)
            return await _run(page, request)
    if found:
        allow = ", ".join(sorted({m for m, _, _ in found}))
        refused = as_json(405, {"error": f"{method} is not allowed here: {allow}"})
        return Answer(405, refused.body, headers={"allow": allow})
    return as_json(404, {"error": f"the local cloud has no page {PREFIX}{path}"})


async def _run(page: Handler, request: Request) -> Answer:
    try:
        return await page(request)
    except ServiceError as error:
        return as_json(error.status, {"error": error.message})
    except Exception as error:
        log.exception("%s %s failed", request.method, request.path)
        return as_json(500, {"error": repr(error)})


async def _read(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += bytes(message.get("body", b""))
        if not message.get("more_body"):
            return body
