"""Which model a release is to bring, and what must not come by itself."""

from typing import Any

from functions.release import lock, table
from functions.release.context import Release, State
from functions.release.errors import ArtifactRefused
from penstock import package
from penstock.mending import NONE

MODEL = (
    "model_package_arn", "artifact_uri", "artifact_version_id", "artifact_sha256",
    "model_sha256", "dataset_version", "training_job", "metrics_uri", "baseline_uri",
)  # fmt: skip


def wanted(
    state: State, release: Release, champion: dict[str, Any] | None
) -> tuple[dict[str, str] | None, str]:
    """The model, and why; None where there is nothing to release.

    New code takes the champion's model with it, which after a rollback is the one rolled back to.
    """
    if newer := lock.superseded_by(state, release):
        return None, f"superseded by {newer}, which was asked for later"
    if state["reason"] == "model":
        status, model = describe(release, state["model_package_arn"])
        if status != "Approved":
            return None, f"{model['model_package_arn']} is {status}, not Approved"
        return model, "a new model" if champion else "the first release"
    if champion is None:
        return None, "no model yet"
    return {name: champion[name] for name in MODEL}, "new code"


def rejected(state: State, release: Release, mark: str, *, answers: bool) -> str | None:
    """Why this very code and model may not come again by an event: it was taken back.

    SageMaker repeats its events, and a stack changes often: who wants it again asks by name. But
    where nothing `answers` after a change of mode, the champion's model comes with what code there
    is: what it was taken back for is gone.
    """
    row = table.get(release, table.key("champion", release, "rejected"))
    if state.get("by") or not row or row["fingerprint"] != mark:
        return None
    if state["reason"] == "code" and not answers:
        return None
    return f"taken back at {row['at']} ({row['why']}): only a person's request brings it again"


def going_back(state: State, release: Release, champion: dict[str, Any] | None) -> dict[str, Any]:
    """What `plan` says of a roll-back: to whom was live before, if the champion is what shall go.

    Asked twice, the second finds the first one's work and goes no further back.
    """
    gone = state.get("from_version")
    if champion is None:
        return {"why": "no model yet"}
    if gone and gone != champion["version"]:
        return {"why": f"version {gone} is not the champion: {champion['version']} is"}
    if (row := table.row(release, "previous")) is None:
        return {"why": "no predecessor is kept"}
    return {
        "action": "rollback",
        "why": f"back from version {champion['version']}",
        "version": row["version"],
        "fingerprint": row["fingerprint"],
        "model": {name: row[name] for name in MODEL},
    }


def describe(release: Release, arn: str) -> tuple[str, dict[str, str]]:
    """A model package's approval status, and where its artifact lies and what it must be."""
    found = release.aws.sagemaker.describe_model_package(ModelPackageName=arn)
    said = found.get("CustomerMetadataProperties", {})
    if missing := [name for name in MODEL[1:] if not said.get(name)]:
        raise ArtifactRefused(
            f"the model package does not say {', '.join(missing)}",
            where=arn,
            expected="CustomerMetadataProperties as the register step writes them",
        )
    model = {"model_package_arn": found["ModelPackageArn"]}
    model |= {name: said[name] for name in MODEL[1:]}
    if (shift := said.get("expected_shift", NONE)) != NONE:
        model["expected_shift"] = shift
    return found.get("ModelApprovalStatus", package.PENDING), model
