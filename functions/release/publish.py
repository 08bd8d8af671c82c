"""A new immutable version: the deployed code with a model whose every byte was checked."""

import hashlib
import tempfile
from pathlib import Path
from typing import Any

from functions.release import model, package
from functions.release.context import FunctionRelease, State
from functions.release.function import publish_version
from penstock import layout

# What a version says of its model: its answers name it, and are explained by that very artifact.
SAID = (
    "model_package_arn", "dataset_version", "training_job",
    "artifact_uri", "artifact_version_id", "artifact_sha256",
)  # fmt: skip


def publish(state: State, release: FunctionRelease) -> dict[str, Any]:
    """Fetch, check, compose, stage, update, publish. Nothing serves the version yet."""
    wanted = state["plan"]["model"]
    s3, settings = release.aws.s3, release.settings
    with tempfile.TemporaryDirectory() as scratch:
        model_dir = model.checked(release, wanted, Path(scratch))
        code = s3.get_object(Bucket=settings.code_bucket, Key=settings.code_key)["Body"].read()
        release_json = model.release_json(release, wanted)
        data = package.compose(code, model_dir, {"release.json": release_json})
    # by way of S3, because a direct upload ends at 50 MB
    key = layout.release_package_key(release.name, hashlib.sha256(data).hexdigest())
    s3.put_object(Bucket=settings.artifacts_bucket, Key=key, Body=data)
    try:
        version, code_sha256 = publish_version(
            release, {"S3Bucket": settings.artifacts_bucket, "S3Key": key}, data
        )
    finally:
        s3.delete_object(Bucket=settings.artifacts_bucket, Key=key)
    return {"version": version, "code_sha256": code_sha256, "package_bytes": len(data)}
