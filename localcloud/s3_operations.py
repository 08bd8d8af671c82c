"""An S3 operation that this cloud lacks is refused by its name.

MiniStack falls through to the plain operation of the same method: RenameObject would overwrite the
object, PutBucketMetricsConfiguration would answer as CreateBucket. Upstream: a refusal at the end
of each branch of `s3._handle_request_inner`.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from localcloud.json_service import Response, model

_REMOVABLE = (
    "cors encryption lifecycle ownershipControls policy publicAccessBlock replication tagging "
    "website"
)
_BUCKET = f"{_REMOVABLE} accelerate acl logging notification object-lock versioning"
_OBJECT = "annotation tagging uploadId"
# What MiniStack's dispatch looks at, by method, for a bucket and for an object.
_DONE: dict[tuple[str, bool], frozenset[str]] = {
    ("GET", False): frozenset(f"{_BUCKET} list-type location uploads versions".split()),
    ("PUT", False): frozenset(f"{_BUCKET} requestPayment".split()),
    ("DELETE", False): frozenset(_REMOVABLE.split()),
    ("POST", False): frozenset({"delete"}),
    ("GET", True): frozenset(f"{_OBJECT} acl attributes legal-hold retention".split()),
    ("PUT", True): frozenset(f"{_OBJECT} acl legal-hold partNumber retention".split()),
    ("DELETE", True): frozenset(_OBJECT.split()),
    ("POST", True): frozenset({"restore", "uploadId", "uploads"}),
}


def install() -> None:
    from ministack.services import s3

    handle = s3.handle_request

    async def refusing(
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes,
        query: dict[str, Any],
        **internal: Any,  # how Firehose and others in the server call it
    ) -> Response:
        unknown = lacking(method, path, query)
        if unknown is None:
            answer: Response = await handle(method, path, headers, body, query, **internal)
            return answer
        text = f"The local cloud does not do S3's {method} ?{unknown}"
        document = f"<Error><Code>NotImplemented</Code><Message>{text}</Message></Error>"
        return 501, {"Content-Type": "application/xml"}, document.encode()

    s3.handle_request = refusing


def lacking(method: str, path: str, query: dict[str, Any]) -> str | None:
    """The sub-resource of S3's own model that the request is about and this cloud lacks."""
    of_object = "/" in path.strip("/")
    done = _DONE.get((method, of_object), frozenset())
    asked = [name for name in query if name in _sub_resources()]
    return next((name for name in asked if name not in done), None)


@cache
def _sub_resources() -> frozenset[str]:
    """Every query word by which botocore's model tells S3's operations apart."""
    service = model("s3")
    uris = [service.operation_model(name).http["requestUri"] for name in service.operation_names]
    words = (re.split(r"[&=]", uri.partition("?")[2])[0] for uri in uris)
    return frozenset(words) - {"", "x-id"}
