"""What Firehose asks of a bucket in its stream's name besides the writing of the object itself.

The actions of "Grant Firehose access to an Amazon S3 destination": it looks where the bucket is,
what lies under the key and which uploads an earlier attempt left there.
"""

from __future__ import annotations

from typing import Any

from localcloud.access import judge, keys

_OF_THE_BUCKET = ("s3:GetBucketLocation", "s3:ListBucketMultipartUploads")
_OF_THE_OBJECT = ("s3:AbortMultipartUpload", "s3:GetObject")


def denial(
    role: str, bucket: str, key: str, session: str, encryption_key: str | None = None
) -> str | None:
    """Why the delivery of this object would fail; None when the bucket and the key are open."""
    arn = f"arn:aws:s3:::{bucket}"
    asked: list[tuple[str, str, dict[str, Any]]] = [
        *((action, arn, {}) for action in _OF_THE_BUCKET),
        ("s3:ListBucket", arn, {"s3:prefix": key}),
        *((action, f"{arn}/{key}", {}) for action in _OF_THE_OBJECT),
    ]
    if key_arn := keys.key_of(encryption_key):
        asked.append(("kms:Decrypt", key_arn, keys.context("s3", f"{arn}/{key}")))
    denials = (judge.as_role(role, *one, session=session) for one in asked)
    return next((text for text in denials if text), None)
