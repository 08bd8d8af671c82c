"""A template's URL may name its bucket in the host (https://bucket.s3.amazonaws.com/key).

MiniStack takes the first part of the path for the bucket. Upstream: `helpers._resolve_document`.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from ministack.services.cloudformation import helpers

_HOST = re.compile(r"(?P<bucket>.+)\.(?P<s3>s3[.-].*amazonaws\.com)")


def install() -> None:
    resolve = helpers._resolve_document

    def resolved(params: dict[str, Any], body_key: str, url_key: str, label: str) -> Any:
        if url := helpers._p(params, url_key):
            params = {**params, url_key: [by_path(url)]}
        return resolve(params, body_key, url_key, label)

    helpers._resolve_document = resolved


def by_path(url: str) -> str:
    parts = urlsplit(url)
    found = _HOST.fullmatch(parts.hostname or "")
    if found is None:
        return url
    path = f"/{found['bucket']}{parts.path}"
    return str(urlunsplit((parts.scheme, found["s3"], path, "", "")))
