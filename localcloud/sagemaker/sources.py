"""Which objects of S3 an input consists of, and which of them one host of a cluster is given."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from localcloud.json_service import Document
from localcloud.sagemaker.failure import JobFailure

Found = list[tuple[str, str, str]]  # bucket, key, path below the input's folder


def split(uri: str) -> tuple[str, str]:
    parts = urlsplit(uri)
    if parts.scheme != "s3" or not parts.netloc:
        raise JobFailure(f"ClientError: {uri!r} is no S3 URI; expected s3://bucket/prefix")
    return parts.netloc, parts.path.lstrip("/")


def objects(s3: Any, source: Document) -> Found:
    """The objects of an S3DataSource or S3Input, in the order of their keys."""
    bucket, key = split(source["S3Uri"])
    if source.get("S3DataType", "S3Prefix") == "ManifestFile":
        return _manifest(json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read()))
    keys = _keys(s3, bucket, key)
    return [(bucket, found, path) for found, path in _paths(keys, key).items()]


def share(found: Found, source: Document, position: int, among: int, seed: int | None) -> Found:
    """All objects, or with ShardedByS3Key every `among`-th of them."""
    if seed is not None:
        found = list(found)
        random.Random(seed).shuffle(found)
    sharded = source.get("S3DataDistributionType") == "ShardedByS3Key"
    return found[position::among] if sharded else found


def _manifest(content: Any) -> Found:
    """`[{"prefix": "s3://bucket/some/"}, "path/one", ...]`, as AWS documents it."""
    if not (isinstance(content, list) and content and isinstance(content[0], dict)):
        raise JobFailure(
            'ClientError: the manifest is no list that begins with {"prefix": "s3://..."}'
        )
    bucket, prefix = split(str(content[0].get("prefix", "")))
    paths = [str(path) for path in content[1:]]
    return [(bucket, prefix + path, _safe(path)) for path in paths]


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
    return {key: _safe(key[len(folder) :]) for key in keys}


def _safe(path: str) -> str:
    if ".." in Path(path).parts or Path(path).is_absolute():
        raise JobFailure(f"ClientError: the key {path!r} leads out of its channel")
    return path
