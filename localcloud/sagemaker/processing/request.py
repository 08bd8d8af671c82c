"""What CreateProcessingJob refuses: what AWS refuses, and what would differ here from AWS."""

from __future__ import annotations

from typing import NoReturn

from localcloud import roles
from localcloud.json_service import Document, ServiceError
from localcloud.sagemaker.training_request import check_count, check_name

BASE = "/opt/ml/processing/"


def check(request: Document) -> None:
    check_name(request["ProcessingJobName"], "processingJobName")
    cluster = request["ProcessingResources"]["ClusterConfig"]
    if unknown := cluster.keys() & {"InstancePreferences"}:
        _refuse(f"ClusterConfig: the local cloud lacks {sorted(unknown)}")
    if "InstanceCount" not in cluster or "InstanceType" not in cluster:
        _refuse("ClusterConfig: InstanceType and InstanceCount are required")
    check_count(cluster["InstanceCount"])
    if not request["AppSpecification"].get("ContainerEntrypoint"):
        _refuse(
            "the local cloud needs AppSpecification.ContainerEntrypoint: a Python stands for the "
            "image, which has no entry point of its own"
        )
    inputs = request.get("ProcessingInputs", [])
    outputs = request.get("ProcessingOutputConfig", {}).get("Outputs", [])
    for one in inputs:
        _check_input(one)
    for one in outputs:
        _check_output(one)
    _check_unique("input", [one["InputName"] for one in inputs])
    _check_unique("output", [one["OutputName"] for one in outputs])
    roles.check_trust(request["RoleArn"], "sagemaker.amazonaws.com")


def _check_input(one: Document) -> None:
    where = f"input {one['InputName']}:"
    if one.get("AppManaged") or "DatasetDefinition" in one or "S3Input" not in one:
        _refuse(f"{where} the local cloud reads S3Input that SageMaker manages, nothing else")
    source = one["S3Input"]
    _check_path(where, source)
    if source.get("S3InputMode", "File") != "File":
        _refuse(f"{where} the local cloud reads S3InputMode File")
    if source.get("S3CompressionType", "None") != "None":
        _refuse(f"{where} S3CompressionType Gzip is for Pipe mode, which the local cloud lacks")


def _check_output(one: Document) -> None:
    where = f"output {one['OutputName']}:"
    if one.get("AppManaged") or "FeatureStoreOutput" in one or "S3Output" not in one:
        _refuse(f"{where} the local cloud writes S3Output that SageMaker manages, nothing else")
    _check_path(where, one["S3Output"])


def _check_path(where: str, part: Document) -> None:
    path = part.get("LocalPath", "")
    if not path.startswith(BASE) or ".." in path:
        _refuse(f"{where} LocalPath must begin with {BASE}; got {path or 'nothing'}")
    if not part["S3Uri"].startswith("s3://"):
        _refuse(f"{where} {part['S3Uri']} is no S3 URI; expected s3://bucket/prefix")


def _check_unique(what: str, names: list[str]) -> None:
    if len(set(names)) != len(names):
        _refuse(f"{what} names must be unique; got {', '.join(names)}")


def _refuse(message: str) -> NoReturn:
    raise ServiceError("ValidationException", f"CreateProcessingJob: {message}")
