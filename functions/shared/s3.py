"""The few S3 calls that the functions share; the client is made when it is first wanted."""

import json
import random
import time
from collections.abc import Callable
from functools import cache
from typing import Any

from penstock import layout
from penstock.errors import PenstockError

ATTEMPTS = 20

# What a conditional write is refused with when another was first, or comes at the same moment.
CONFLICTS = ("PreconditionFailed", "ConditionalRequestConflict")


class Busy(PenstockError):
    """Others kept changing the same thing under our hands; a retry comes back to it."""


@cache
def client() -> Any:
    import boto3  # not at the top: logic and its tests need no AWS

    return boto3.client("s3")


def read(bucket: str, key: str, version_id: str | None = None) -> bytes:
    """An object's bytes, of exactly this version if one is named."""
    version = {"VersionId": version_id} if version_id else {}
    return client().get_object(Bucket=bucket, Key=key, **version)["Body"].read()  # type: ignore[no-any-return]


def read_json(bucket: str, key: str) -> dict[str, Any] | None:
    """A JSON object, or None where there is none."""
    return json.loads(read(bucket, key)) if exists(bucket, key) else None


def exists(bucket: str, key: str) -> bool:
    """Asked by listing: who may list only under a prefix is refused a key that is not there."""
    found = client().list_objects_v2(Bucket=bucket, Prefix=key, MaxKeys=1)
    return any(item["Key"] == key for item in found.get("Contents", []))


def keys(bucket: str, prefix: str) -> list[str]:
    """Of the first thousand objects under a prefix, in order."""
    found = client().list_objects_v2(Bucket=bucket, Prefix=prefix)
    return [item["Key"] for item in found.get("Contents", [])]


def write(bucket: str, key: str, body: bytes) -> str:
    """Put an object; its URI."""
    client().put_object(Bucket=bucket, Key=key, Body=body)
    return layout.uri(bucket, key)


def write_json(bucket: str, key: str, value: Any) -> str:
    return write(bucket, key, to_json(value))


def to_json(value: Any) -> bytes:
    """The same bytes for the same value, readable by a person."""
    return json.dumps(value, indent=1, sort_keys=True).encode()


def update(bucket: str, key: str, change: Callable[[bytes | None], bytes | None]) -> None:
    """Replace an object by what `change` makes of its bytes; it is given None where there is none,
    and gives None to leave it.

    Only if it still is what was read (S3's conditional write), else all is done again.
    """
    from botocore.exceptions import ClientError

    for attempt in range(ATTEMPTS):
        body, tag = _tagged(bucket, key)
        made = change(body)
        if made is None:
            return
        condition = {"IfMatch": tag} if tag else {"IfNoneMatch": "*"}
        try:
            client().put_object(Bucket=bucket, Key=key, Body=made, **condition)
            return
        except ClientError as error:
            if error.response["Error"]["Code"] not in CONFLICTS:
                raise
        time.sleep(random.uniform(0, 0.05 * 2 ** min(attempt, 5)))
    raise Busy(
        f"it changed {ATTEMPTS} times meanwhile",
        where=layout.uri(bucket, key),
        expected="a quiet moment",
    )


def _tagged(bucket: str, key: str) -> tuple[bytes | None, str | None]:
    if not exists(bucket, key):
        return None, None
    found = client().get_object(Bucket=bucket, Key=key)
    return found["Body"].read(), found["ETag"]
