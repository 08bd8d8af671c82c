"""What is to be released, and whether anything is: champion, package and what is live."""

from typing import Any

from functions.release import live, table
from functions.release.context import Release, State
from functions.release.errors import ArtifactRefused
from functions.release.fingerprint import fingerprint

MODEL = (
    "model_package_arn", "artifact_uri", "artifact_version_id", "artifact_sha256",
    "model_sha256", "dataset_version", "training_job", "metrics_uri", "baseline_uri",
)  # fmt: skip


def plan(state: State, release: Release) -> dict[str, Any]:
    """Look only, but for one thing: what a broken-off release left moving is put back first."""
    live.settle_deployments(release)
    alias = live.read(release)
    if alias.routing:
        alias = live.point(release, alias.version, alias)
    champion = table.champion(release)
    out: dict[str, Any] = {
        "action": "nothing_to_release",
        "first": champion is None,
        "alias_version": alias.version,
        "fingerprint": None,
        "champion": champion,
        "model": None,
    }
    if state["reason"] == "model":
        status, model = describe(release, state["model_package_arn"])
        if status != "Approved":
            return out | {"why": f"{model['model_package_arn']} is {status}, not Approved"}
    elif champion is None:
        return out | {"why": "no model yet"}
    else:
        model = {name: champion[name] for name in MODEL}
    configuration = release.aws.awslambda.get_function_configuration(
        FunctionName=release.settings.predict_function
    )
    mark = fingerprint(configuration, release.settings.code_key, model["model_sha256"])
    out |= {"fingerprint": mark, "model": model}
    if champion and (champion["fingerprint"], champion["version"]) == (mark, alias.version):
        return out | {"why": f"version {alias.version} already serves this code and model"}
    return out | {"action": "release", "why": _why(state, champion, alias.version)}


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
    return found.get("ModelApprovalStatus", "PendingManualApproval"), model


def _why(state: State, champion: dict[str, Any] | None, version: str) -> str:
    if champion is None:
        return "the first release"
    if champion["version"] != version:
        return f"live is version {version}, the champion is {champion['version']}"
    return "a new model" if state["reason"] == "model" else "new code"
