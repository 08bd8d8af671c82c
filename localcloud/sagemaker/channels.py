"""What a job reads from S3 and writes to it, both with the role that it was given."""

from __future__ import annotations

import tarfile
import tempfile
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from localcloud.json_service import Document
from localcloud.sagemaker.failure import JobFailure
from localcloud.sagemaker.sources import objects, share, split

_CHUNK = 1 << 20


def download(s3: Any, channel: Document, target: Path, position: int = 0, among: int = 1) -> None:
    """The channel's objects, each at its path below the prefix; `position` is this host's number
    among the `among` hosts that the channel is given to."""
    source = channel["DataSource"]["S3DataSource"]
    seed = channel.get("ShuffleConfig", {}).get("Seed")
    try:
        read(s3, source, target, position, among, seed)
    except (ClientError, BotoCoreError) as error:
        raise JobFailure(
            f"ClientError: Data download failed:channel {channel['ChannelName']}, "
            f"{source['S3Uri']}: {error}"
        ) from error


def read(
    s3: Any, source: Document, target: Path, position: int, among: int, seed: int | None = None
) -> None:
    """The objects of an S3DataSource or a processing job's S3Input."""
    uri = source["S3Uri"]
    target.mkdir(parents=True, exist_ok=True)
    found = objects(s3, source)
    if not found:
        raise JobFailure(
            f'ClientError: Data download failed:No S3 objects found under S3 URL "{uri}" given '
            "in input data source. Please ensure that the bucket exists in the selected "
            "region, that objects exist under that S3 prefix, and that the role has "
            f'"s3:ListBucket" permissions on bucket "{split(uri)[0]}".'
        )
    for bucket, key, path in share(found, source, position, among, seed):
        fetch(s3, bucket, key, target / path)


def fetch(s3: Any, bucket: str, key: str, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    body = s3.get_object(Bucket=bucket, Key=key)["Body"]
    with path.open("wb") as file:
        for chunk in body.iter_chunks(_CHUNK):
            file.write(chunk)


def upload(s3: Any, folders: list[Path], uri: str, kms_key: str | None) -> str:
    """The hosts' folders as one tar.gz at `uri`, encrypted with the key if there is one."""
    bucket, key = split(uri)
    with tempfile.TemporaryFile() as file:
        with tarfile.open(fileobj=file, mode="w:gz", compresslevel=1) as archive:
            for name, path in merged(folders).items():
                archive.add(path, arcname=name, recursive=False)
        file.seek(0)
        s3.put_object(Bucket=bucket, Key=key, Body=file, **_encryption(kms_key))
    return uri


def upload_files(s3: Any, folders: list[Path], uri: str, kms_key: str | None) -> str:
    """The hosts' folders file by file under `uri`."""
    bucket, prefix = split(uri)
    for name, path in merged(folders).items():
        if path.is_file():
            put(s3, path, bucket, f"{prefix.rstrip('/')}/{name}".lstrip("/"), kms_key)
    return uri


def put(s3: Any, path: Path, bucket: str, key: str, kms_key: str | None) -> None:
    with path.open("rb") as file:
        s3.put_object(Bucket=bucket, Key=key, Body=file, **_encryption(kms_key))


def merged(folders: list[Path]) -> dict[str, Path]:
    """Every path in the folders, by its name. Of two hosts that wrote the same one, the first's
    is kept; AWS promises nothing."""
    found: dict[str, Path] = {}
    for folder in folders:
        for path in folder.rglob("*"):
            found.setdefault(str(path.relative_to(folder)), path)
    return dict(sorted(found.items()))


def _encryption(kms_key: str | None) -> dict[str, str]:
    return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": kms_key} if kms_key else {}
