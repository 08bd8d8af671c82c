"""Who may not list a bucket is not told that a key is not there: S3 answers 403, not 404.

A request for an object names no prefix, so that a right to list under a prefix alone does not
hold here. Upstream: `s3._get_object` and `_head_object` answer 404 to everybody.
"""

from __future__ import annotations

import functools
from typing import Any

from localcloud.access.calls import Call, denied
from localcloud.json_service import Handler, Response

_READS = ("GET", "HEAD")


def hidden(handle: Handler) -> Handler:
    @functools.wraps(handle)
    async def handle_hiding(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
    ) -> Response:
        answer = await handle(method, path, headers, body, query)
        bucket, _, key = path.lstrip("/").partition("/")
        if answer[0] != 404 or method not in _READS or not key or not _is_there(bucket):
            return answer
        call = Call("s3", method, path, headers, body, query)
        return denied(call, ("s3:ListBucket", f"arn:aws:s3:::{bucket}", {})) or answer

    return handle_hiding


def _is_there(bucket: str) -> bool:
    from ministack.services import s3

    return bucket in s3._buckets
