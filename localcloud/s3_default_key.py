"""A write under aws:kms that names no key takes the bucket's, or the account's key for S3.

MiniStack refuses it, so that the CDK CLI could not publish into its own bootstrap bucket. Upstream:
`s3._resolve_sse_write_headers`, with an `alias/aws/s3` in `kms`.
"""

from __future__ import annotations

from typing import Any

from ministack.services import s3

from localcloud.iam import arn

_ALGORITHM = "x-amz-server-side-encryption"
_KEY = "x-amz-server-side-encryption-aws-kms-key-id"
MANAGED = arn("kms", "alias/aws/s3")


def install() -> None:
    resolve, defaults = s3._resolve_sse_write_headers, s3._bucket_default_sse_headers

    def resolved(headers: dict[str, str], bucket: str) -> Any:
        if headers.get(_ALGORITHM) == "aws:kms" and not headers.get(_KEY):
            own = defaults(bucket).get(_KEY, MANAGED)
            return resolve({**headers, _KEY: own}, bucket)
        return resolve(headers, bucket)

    s3._resolve_sse_write_headers = resolved
