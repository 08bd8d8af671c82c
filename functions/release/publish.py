"""A new immutable version: the deployed code with a model whose every byte was checked."""

import hashlib
import json
import tempfile
from pathlib import Path
from typing import Any

from functions.release import masking, package
from functions.release.context import Release, State
from functions.release.errors import ArtifactRefused
from functions.release.function import publish_version
from penstock import artifact, layout


def publish(state: State, release: Release) -> dict[str, Any]:
    """Fetch, check, compose, stage, update, publish. Nothing serves the version yet."""
    model = state["plan"]["model"]
    s3, settings = release.aws.s3, release.settings
    with tempfile.TemporaryDirectory() as scratch:
        model_dir = fetch(release, model, Path(scratch))
        check_features(model_dir / "features.py", release.usecase_dir / "features.py")
        code = s3.get_object(Bucket=settings.code_bucket, Key=settings.code_key)["Body"].read()
        said = {
            name: model[name]
            for name in ("model_package_arn", "dataset_version", "artifact_sha256", "training_job")
        }
        said |= masking.key_for(release)
        release_json = json.dumps(said, sort_keys=True).encode()
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


def fetch(release: Release, model: dict[str, str], scratch: Path) -> Path:
    """The unpacked artifact, if it is to the byte the one that was registered."""
    bucket, key = layout.split_uri(model["artifact_uri"])
    packed, model_dir = scratch / "model.tar.gz", scratch / "model"
    release.aws.s3.download_file(
        bucket, key, str(packed), ExtraArgs={"VersionId": model["artifact_version_id"]}
    )
    if (found := artifact.sha256(packed)) != model["artifact_sha256"]:
        raise ArtifactRefused(
            f"the artifact has sha256 {found[:12]}",
            where=f"{model['artifact_uri']}, version {model['artifact_version_id']}",
            expected=f"{model['artifact_sha256'][:12]}, as registered",
        )
    return artifact.unpack(packed, model_dir)


def check_features(found: Path, deployed: Path) -> None:
    """Code from an artifact runs in the predict role: only the code that was deployed may."""
    if (other := artifact.sha256(found)) != (expected := artifact.sha256(deployed)):
        raise ArtifactRefused(
            f"the model was trained with a features.py of sha256 {other[:12]}",
            where="features.py in the artifact",
            expected=f"the deployed use case's {expected[:12]}: train a model on it",
        )
