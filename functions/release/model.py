"""A registered model, fetched and checked: every byte, its code, and the columns that it reads."""

import json
from collections.abc import Mapping
from pathlib import Path

from functions.release import masking
from functions.release.context import Release
from functions.release.errors import ArtifactRefused
from penstock import artifact, layout

# what explains a prediction later names its model by these
SAID = (
    "model_package_arn", "dataset_version", "artifact_uri", "artifact_version_id",
    "artifact_sha256", "training_job",
)  # fmt: skip


def checked(release: Release, model: Mapping[str, str], scratch: Path) -> Path:
    """The unpacked artifact, if the deployed use case may serve it."""
    model_dir = fetch(release, model, scratch)
    _check_features(model_dir / "features.py", release.usecase_dir / "features.py")
    _check_columns(model_dir / "contract.json", release)
    return model_dir


def release_json(release: Release, model: Mapping[str, str]) -> bytes:
    """What a version says of its model, and the key that it masks with."""
    said = {name: model[name] for name in SAID} | masking.key_for(release)
    return json.dumps(said, sort_keys=True).encode()


def fetch(release: Release, model: Mapping[str, str], scratch: Path) -> Path:
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


def _check_features(found: Path, deployed: Path) -> None:
    """Code from an artifact runs in the predict role: only the code that was deployed may."""
    if (other := artifact.sha256(found)) != (expected := artifact.sha256(deployed)):
        raise ArtifactRefused(
            f"the model was trained with a features.py of sha256 {other[:12]}",
            where="features.py in the artifact",
            expected=f"the deployed use case's {expected[:12]}: train a model on it",
        )


def _check_columns(contract: Path, release: Release) -> None:
    """What a model needs, callers must be told to send: its contract is within the deployed one."""
    needed = {c["name"] for c in json.loads(contract.read_text(encoding="utf-8"))["columns"]}
    deployed = {c["name"] for c in release.usecase["columns"]}
    if lacking := sorted(needed - deployed):
        raise ArtifactRefused(
            f"the model needs {', '.join(lacking)}, which {release.name}'s contract has not",
            where="contract.json in the artifact",
            expected="columns of usecase.yaml: add them there, or train a model without them",
        )
