"""What a bucket's template says of tags, encryption, lifecycle, ownership and logging is done.

MiniStack passes over these properties and deletes a bucket with all that is in it. Upstream: more
rows in `provisioners._S3_BUCKET_CONFIGURATIONS`, and `_s3_delete` by way of `s3._delete_bucket`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from botocore.serialize import create_serializer
from ministack.services import s3
from ministack.services.cloudformation import provisioners

from localcloud.json_service import Response, model

BUCKET = "AWS::S3::Bucket"
Document = dict[str, Any]


def install() -> None:
    puts: dict[str, tuple[str, Callable[[Any], Document], Callable[[str, bytes], Response]]] = {
        "Tags": ("PutBucketTagging", _tags, s3._put_bucket_tagging),
        "BucketEncryption": ("PutBucketEncryption", _encryption, s3._put_bucket_encryption),
        "OwnershipControls": ("PutBucketOwnershipControls", _ownership, _owned),
        "LoggingConfiguration": ("PutBucketLogging", _logging, s3._put_bucket_logging),
    }
    removes: dict[str, Callable[[str], Response]] = {
        "Tags": s3._delete_bucket_tagging,
        "BucketEncryption": s3._delete_bucket_encryption,
        "OwnershipControls": s3._delete_bucket_ownership_controls,
        "LoggingConfiguration": lambda name: s3._put_bucket_logging(
            name, _body("PutBucketLogging", {"BucketLoggingStatus": {}})
        ),
    }
    rows = [
        (name, _xml(operation, words), _refusing(put), removes[name])
        for name, (operation, words, put) in puts.items()
    ]
    provisioners._S3_BUCKET_CONFIGURATIONS = (*provisioners._S3_BUCKET_CONFIGURATIONS, *rows)
    handler = provisioners._RESOURCE_HANDLERS[BUCKET]
    handler["update"] = _suspending(handler["update"])
    handler["delete"] = delete


def delete(physical_id: str, _: Document) -> None:
    """Raises ValueError, as S3 does, while anything is in the bucket."""
    status, _headers, body = s3._delete_bucket(physical_id)
    if status not in (204, 404):
        raise ValueError(_message(body, status))


def _suspending(original: Any) -> Any:
    """Versioning that a template gives up is suspended; MiniStack only ever enables it."""

    def update(physical_id: str, old: Document, new: Document, *rest: Any) -> Any:
        made = original(physical_id, old, new, *rest)
        wanted = new.get("VersioningConfiguration", {}).get("Status", "Suspended")
        if made[0] in s3._bucket_versioning:
            s3._bucket_versioning[made[0]] = wanted
        return made

    return update


def _xml(operation: str, words: Callable[[Any], Document]) -> Callable[[Any], bytes]:
    return lambda value: _body(operation, words(value))


def _body(operation: str, words: Document) -> bytes:
    shape = model("s3").operation_model(operation)
    made = _serializer().serialize_to_request({"Bucket": "bucket", **words}, shape)
    content = made["body"]
    return content if isinstance(content, bytes) else str(content).encode()


@cache
def _serializer() -> Any:
    return create_serializer("rest-xml", include_validation=False)


def _refusing(put: Callable[[str, bytes], Response]) -> Callable[[str, bytes], None]:
    def checked(name: str, content: bytes) -> None:
        status, _headers, body = put(name, content)
        if status >= 400:
            raise ValueError(_message(body, status))

    return checked


def _owned(name: str, content: bytes) -> Response:
    answer: Response = s3._put_bucket_ownership_controls(name, content)
    return answer


def _message(body: bytes, status: int) -> str:
    found = re.search(r"<Message>(.*?)</Message>", body.decode())
    text = found.group(1) if found else f"status {status}"
    return f"{text} (Service: S3, Status Code: {status})"


def _tags(value: Any) -> Document:
    return {"Tagging": {"TagSet": value}}


def _encryption(value: Any) -> Document:
    rules = []
    for rule in value["ServerSideEncryptionConfiguration"]:
        words = {k: v for k, v in rule.items() if k != "ServerSideEncryptionByDefault"}
        default = rule.get("ServerSideEncryptionByDefault")
        rules.append(words | ({"ApplyServerSideEncryptionByDefault": default} if default else {}))
    return {"ServerSideEncryptionConfiguration": {"Rules": rules}}


def _ownership(value: Any) -> Document:
    return {"OwnershipControls": {"Rules": value["Rules"]}}


def _logging(value: Any) -> Document:
    words = {
        "TargetBucket": value.get("DestinationBucketName"),
        "TargetPrefix": value.get("LogFilePrefix", ""),
    }
    given = {key: part for key, part in words.items() if part is not None}
    return {"BucketLoggingStatus": {"LoggingEnabled": given}}
