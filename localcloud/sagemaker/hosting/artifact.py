"""A model's data and code from S3 into its container, by the model's own role."""

from __future__ import annotations

import tarfile
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from localcloud.json_service import Document
from localcloud.sagemaker import archives, channels, sources
from localcloud.sagemaker.failure import JobFailure
from localcloud.sagemaker.hosting.facts import HostingFailure


def fetch(s3: Any, container: str, data: Document, folder: Path) -> None:
    """The S3DataSource `data` in `folder`, unpacked when it is an archive."""
    uri = data["S3Uri"]
    try:
        if data.get("CompressionType", "Gzip") == "Gzip":
            return unpack(s3, container, uri, folder)
        source = {"S3Uri": uri, "S3DataType": data.get("S3DataType", "S3Prefix")}
        for bucket, key, path in sources.objects(s3, source):
            channels.fetch(s3, bucket, key, folder / (path or Path(key).name))
    except (ClientError, BotoCoreError, JobFailure) as error:
        raise HostingFailure(
            f'Failed to download model data for container "{container}" from URL: "{uri}". Please '
            "ensure that there is an object located at the URL and that the role passed to "
            f"CreateModel has permissions to download the model. ({error})"
        ) from error


def unpack(s3: Any, container: str, uri: str, folder: Path) -> None:
    """A tar.gz; what leads out of the folder is refused."""
    bucket, key = sources.split(uri)
    archive_path = folder.with_name(f"{folder.name}.tar.gz")
    channels.fetch(s3, bucket, key, archive_path)
    try:
        with tarfile.open(archive_path) as archive:
            archives.extract(archive, folder)
    except (OSError, tarfile.TarError, EOFError) as error:
        raise HostingFailure(
            f'Failed to extract model data archive for container "{container}" from URL "{uri}". '
            "Please ensure that the object located at the URL is a valid tar.gz archive. "
            f"({error})"
        ) from error
    finally:
        archive_path.unlink()
