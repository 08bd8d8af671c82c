"""What CreateTrainingJob refuses: what AWS refuses, and what would differ here from AWS."""

from __future__ import annotations

import re
from typing import NoReturn

from localcloud import roles
from localcloud.json_service import Document, ServiceError
from localcloud.sagemaker.hosts import MOST

_KNOWN = {
    "AlgorithmSpecification",
    "CheckpointConfig",
    "EnableInterContainerTrafficEncryption",
    "EnableManagedSpotTraining",
    "EnableNetworkIsolation",
    "Environment",
    "ExperimentConfig",
    "HyperParameters",
    "InputDataConfig",
    "OutputDataConfig",
    "ProfilerConfig",
    "RemoteDebugConfig",
    "ResourceConfig",
    "RetryStrategy",
    "RoleArn",
    "StoppingCondition",
    "Tags",
    "TrainingJobName",
    "VpcConfig",
}
_RESOURCES = {
    "InstanceCount",
    "InstanceGroups",
    "InstanceType",
    "KeepAlivePeriodInSeconds",
    "VolumeKmsKeyId",
    "VolumeSizeInGB",
}


def check(request: Document) -> None:
    check_name(request["TrainingJobName"], "trainingJobName")
    if unknown := request.keys() - _KNOWN:
        _refuse(f"the local cloud lacks {sorted(unknown)}")
    if "ResourceConfig" not in request or "StoppingCondition" not in request:
        _refuse("ResourceConfig and StoppingCondition are required")
    _check_algorithm(request["AlgorithmSpecification"])
    _check_resources(request["ResourceConfig"])
    _check_spot(request)
    for channel in request.get("InputDataConfig", []):
        _check_channel(channel, request)
    names = [channel["ChannelName"] for channel in request.get("InputDataConfig", [])]
    if len(set(names)) != len(names):
        _refuse(f"channel names must be unique; got {', '.join(names)}")
    place = request.get("CheckpointConfig", {}).get("LocalPath", "/opt/ml/checkpoints")
    if not place.startswith("/opt/ml/") or ".." in place:
        _refuse(f"CheckpointConfig.LocalPath {place}: the local cloud needs it below /opt/ml")
    roles.check_trust(request["RoleArn"], "sagemaker.amazonaws.com")


def check_name(name: str, field: str) -> None:
    pattern = "[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}"
    if not re.fullmatch(pattern, name):
        raise ServiceError(
            "ValidationException",
            f"1 validation error detected: Value '{name}' at '{field}' failed to satisfy "
            f"constraint: Member must satisfy regular expression pattern: ^{pattern}",
        )


def check_count(count: int) -> None:
    if count > MOST:
        raise ServiceError(
            "ResourceLimitExceeded",
            f"The account-level service limit for the number of instances of one job is {MOST} "
            f"Instances; the request asks for {count}.",
        )


def _check_algorithm(specification: Document) -> None:
    if "AlgorithmName" in specification:
        _refuse("the local cloud lacks AlgorithmSpecification.AlgorithmName")
    if "TrainingImage" not in specification:
        _refuse("the local cloud needs AlgorithmSpecification.TrainingImage")
    if "ContainerArguments" in specification and "ContainerEntrypoint" not in specification:
        _refuse("the local cloud takes ContainerArguments together with a ContainerEntrypoint only")


def _check_resources(resources: Document) -> None:
    if unknown := resources.keys() - _RESOURCES:
        _refuse(f"ResourceConfig: the local cloud lacks {sorted(unknown)}")
    groups = resources.get("InstanceGroups")
    if groups and ("InstanceCount" in resources or "InstanceType" in resources):
        _refuse("ResourceConfig: InstanceGroups excludes InstanceType and InstanceCount")
    if not groups and not ("InstanceCount" in resources and "InstanceType" in resources):
        _refuse("ResourceConfig: InstanceType and InstanceCount are required")
    check_count(sum(group.get("InstanceCount", 1) for group in groups or [resources]))


def _check_spot(request: Document) -> None:
    conditions = request["StoppingCondition"]
    wait, run = conditions.get("MaxWaitTimeInSeconds"), conditions.get("MaxRuntimeInSeconds", 86400)
    if not request.get("EnableManagedSpotTraining"):
        if wait is not None:
            _refuse("MaxWaitTimeInSeconds needs EnableManagedSpotTraining=true")
    elif wait is None or wait < run:
        _refuse(
            "Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to "
            "MaxRuntimeInSeconds"
        )


def _check_channel(channel: Document, request: Document) -> None:
    where = f"channel {channel['ChannelName']}:"
    mode = channel.get("InputMode", request["AlgorithmSpecification"]["TrainingInputMode"])
    if mode == "Pipe" or channel.get("CompressionType", "None") != "None":
        _refuse(f"{where} the local cloud reads uncompressed channels in File or FastFile mode")
    if channel.get("RecordWrapperType", "None") != "None":
        _refuse(f"{where} RecordWrapperType RecordIO is for Pipe mode, which the local cloud lacks")
    source = channel["DataSource"].get("S3DataSource", {})
    if source.get("S3DataType") not in ("S3Prefix", "ManifestFile"):
        _refuse(f"{where} the local cloud reads S3DataType S3Prefix and ManifestFile")
    if unknown := source.keys() & {"AttributeNames", "ModelAccessConfig", "HubAccessConfig"}:
        _refuse(f"{where} the local cloud lacks {sorted(unknown)}")
    groups = {g["InstanceGroupName"] for g in request["ResourceConfig"].get("InstanceGroups", [])}
    if missing := set(source.get("InstanceGroupNames", [])) - groups:
        _refuse(f"{where} no instance group is named {', '.join(sorted(missing))}")


def _refuse(message: str) -> NoReturn:
    raise ServiceError("ValidationException", f"CreateTrainingJob: {message}")
