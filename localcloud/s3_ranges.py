"""A range of an older version is a range: GetObject with a version answers as without one.

MiniStack gives the whole object as soon as a version is named. Upstream: the slicing at the end of
`s3._get_object` for versions too.
"""

from __future__ import annotations

from typing import Any

from localcloud.json_service import Response

_WHOLE = ("x-amz-checksum-", "content-length")  # headers that speak of all bytes


def install() -> None:
    from ministack.services import s3

    get = s3._get_object

    def ranged(
        bucket: str, key: str, headers: dict[str, str], query: dict[str, Any] | None = None
    ) -> Response:
        answer: Response = get(bucket, key, headers, query)
        status, said, body = answer
        asked = headers.get("range", "")
        if status != 200 or not asked or not (query or {}).get("versionId"):
            return answer
        total = len(body)
        span = s3._parse_range(asked, total)
        if span is None:
            document = s3._xml_body(s3._range_error_xml(bucket, key))
            return 416, {
                "Content-Type": "application/xml",
                "Content-Range": f"bytes */{total}",
            }, document  # fmt: skip
        first, last = span
        part = body[first : last + 1]
        kept = {k: v for k, v in said.items() if not k.lower().startswith(_WHOLE)}
        kept |= {
            "Content-Length": str(len(part)),
            "Content-Range": f"bytes {first}-{last}/{total}",
        }
        return 206, kept, part

    s3._get_object = ranged
