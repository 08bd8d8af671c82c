"""The page's addresses: its files, and its data as JSON that are sent only when they changed."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from localcloud import admin
from localcloud.json_service import ServiceError
from localcloud.page import execution, logs
from localcloud.page.bounded import Document
from localcloud.page.overview import overview

_FILES = Path(__file__).parent / "static"
_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
_SAFE = {
    # Nothing from elsewhere, nothing in line, and nobody may frame it.
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
}


def install() -> None:
    admin.register("GET", "", _file)
    admin.register("GET", r"page/(?P<name>[a-z]+\.(css|js))", _file)
    _data("overview", lambda query: overview())
    _data("execution", lambda query: execution.detail(_word(query, "arn")))
    _data("state", lambda query: execution.state(_word(query, "arn"), _word(query, "name")))
    _data("log", lambda query: logs.tail(_word(query, "group"), query.get("stream", "")))


def _word(query: Document, name: str) -> str:
    if not query.get(name):
        raise ServiceError("ValidationException", f"the query lacks {name!r}")
    return str(query[name])


@lru_cache
def _read(name: str) -> bytes:
    path = _FILES / name
    if not path.is_file():
        raise ServiceError("NotFound", f"the page has no file {name!r}", 404)
    return path.read_bytes()


async def _file(request: admin.Request) -> admin.Answer:
    name = request.parameters.get("name", "index.html")
    return _answer(request, _read(name), f"{_TYPES[Path(name).suffix]}; charset=utf-8")


def _data(name: str, read: Callable[[Document], Document]) -> None:
    async def serve(request: admin.Request) -> admin.Answer:
        # A web page of another origin gets no data, not even as an image or a script.
        if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return admin.as_json(403, {"error": "a web page of another origin may not read this"})
        document = await asyncio.to_thread(read, dict(request.query))
        body = json.dumps(document, default=str, separators=(",", ":")).encode()
        return _answer(request, body, "application/json")

    admin.register("GET", rf"page/{name}", serve)


def _answer(request: admin.Request, body: bytes, kind: str) -> admin.Answer:
    tag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
    headers = {**_SAFE, "etag": tag}
    if request.headers.get("if-none-match") == tag:
        return admin.Answer(304, b"", kind, headers)
    return admin.Answer(200, body, kind, headers)
