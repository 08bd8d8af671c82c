"""What a job reads from S3 and writes to it, both with the role that it was given."""

from __future__ import annotations

import tarfile
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError

from localcloud.json_service import Document
from localcloud.sagemaker.failure import JobFailure

_CHUNK = 1 << 20


def download(s3: Any, channel: Document, target: Path) -> None:
    """Every object under the channel's prefix, at its path below it."""
    uri = channel["DataSource"]["S3DataSource"]["S3Uri"]
    bucket, prefix = split(uri)
    target.mkdir(parents=True, exist_ok=True)
    try:
        keys = _keys(s3, bucket, prefix)
        if not keys:
            raise JobFailure(
                f'ClientError: Data download failed:No S3 objects found under S3 URL "{uri}" given '
                "in input data source. Please ensure that the bucket exists in the selected "
                "region, that objects exist under that S3 prefix, and that the role has "
                f'"s3:ListBucket" permissions on bucket "{bucket}".'
            )
        for key, path in _paths(keys, prefix).items():
            fetch(s3, bucket, key, target / path)
    except (ClientError, BotoCoreError) as error:
        raise JobFailure(
            f"ClientError: Data download failed:channel {channel['ChannelName']}, {uri}: {error}"
        ) from error


def fetch(s3: Any, bucket: str, key: str, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    body = s3.get_object(Bucket=bucket, Key=key)["Body"]
    with path.open("wb") as file:
        for chunk in body.iter_chunks(_CHUNK):
            file.write(chunk)


def upload(s3: Any, folder: Path, uri: str, kms_key: str | None) -> str:
    """The folder's content as a tar.gz at `uri`, encrypted with the key if there is one."""
    bucket, key = split(uri)
    words = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": kms_key} if kms_key else {}
    with tempfile.TemporaryFile() as file:
        with tarfile.open(fileobj=file, mode="w:gz", compresslevel=1) as archive:
            for path in sorted(folder.rglob("*")):
                archive.add(path, arcname=str(path.relative_to(folder)), recursive=False)
        file.seek(0)
        s3.put_object(Bucket=bucket, Key=key, Body=file, **words)
    return uri


def split(uri: str) -> tuple[str, str]:
    parts = urlsplit(uri)
    if parts.scheme != "s3" or not parts.netloc:
        raise JobFailure(f"ClientError: {uri!r} is no S3 URI; expected s3://bucket/prefix")
    return parts.netloc, parts.path.lstrip("/")


def _keys(s3: Any, bucket: str, prefix: str) -> list[str]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    found = [item["Key"] for page in pages for item in page.get("Contents", [])]
    return [key for key in found if not key.endswith("/")]


def _paths(keys: list[str], prefix: str) -> dict[str, str]:
    """A prefix names a folder, with or without its slash, or the beginning of file names."""
    folder = prefix.rstrip("/") + "/"
    if not all(key.startswith(folder) for key in keys):
        folder = prefix[: prefix.rfind("/") + 1]
    if not prefix:
        folder = ""
    paths = {key: key[len(folder) :] for key in keys}
    for key, path in paths.items():
        if ".." in Path(path).parts or Path(path).is_absolute():
            raise JobFailure(f"ClientError: the key {key!r} leads out of its channel")
    return paths
