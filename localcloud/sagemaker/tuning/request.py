"""What CreateHyperParameterTuningJob refuses: what AWS refuses, and what would differ here."""

from __future__ import annotations

import contextlib
import math
import re
from typing import NoReturn

from localcloud import roles
from localcloud.json_service import Document, ServiceError
from localcloud.sagemaker.training_request import check as check_training
from localcloud.sagemaker.tuning import ranges

METRIC = "_tuning_objective_metric"  # the hyperparameter by which AWS tells a training of it
_NAME = "[a-zA-Z0-9](-*[a-zA-Z0-9]){0,31}"
_EPOCHS = ("epochs", "numepochs", "n-epochs", "n_epochs", "num_epochs")
_MOST_EPOCHS = 20_000


def check(request: Document) -> None:
    name = request["HyperParameterTuningJobName"]
    if not re.fullmatch(_NAME, name):
        raise ServiceError(
            "ValidationException",
            f"1 validation error detected: Value '{name}' at 'hyperParameterTuningJobName' failed "
            f"to satisfy constraint: Member must satisfy regular expression pattern: ^{_NAME}",
        )
    for member in ("TrainingJobDefinitions", "Autotune"):
        if member in request:
            refuse(f"the local cloud lacks {member}")
    if "TrainingJobDefinition" not in request:
        refuse("TrainingJobDefinition is required")
    _check_config(request)
    _check_definition(request["TrainingJobDefinition"], request)
    roles.check_trust(request["TrainingJobDefinition"]["RoleArn"], "sagemaker.amazonaws.com")


def training_request(request: Document, name: str, values: dict[str, str]) -> Document:
    """CreateTrainingJob's request for one trial."""
    definition = request["TrainingJobDefinition"]
    metric = request["HyperParameterTuningJobConfig"]["HyperParameterTuningJobObjective"]
    static = definition.get("StaticHyperParameters", {})
    own = {"DefinitionName", "StaticHyperParameters", "HyperParameterTuningResourceConfig"}
    return {
        **{key: part for key, part in definition.items() if key not in own},
        "TrainingJobName": name,
        "HyperParameters": {METRIC: metric["MetricName"], **static, **values},
        "ResourceConfig": _resources(definition),
        **({"Tags": request["Tags"]} if "Tags" in request else {}),
    }


def hyperband(request: Document) -> tuple[int, int]:
    """The epochs that a training gets at least and at most; (1, 1) for the other strategies."""
    config = request["HyperParameterTuningJobConfig"]
    if config["Strategy"] != "Hyperband":
        return 1, 1
    limits = config.get("StrategyConfig", {}).get("HyperbandStrategyConfig", {})
    least, most = limits.get("MinResource", 1), limits.get("MaxResource")
    static = request["TrainingJobDefinition"].get("StaticHyperParameters", {})
    for key in _EPOCHS:
        if most is None and key in static:
            with contextlib.suppress(ValueError):
                most = int(static[key].strip('"'))
    if most is None:
        refuse(
            "Hyperband needs StrategyConfig.HyperbandStrategyConfig.MaxResource or one of "
            f"{', '.join(_EPOCHS)} in StaticHyperParameters"
        )
    if not 1 <= least < most <= _MOST_EPOCHS:
        refuse(f"Hyperband: expected 1 <= MinResource < MaxResource <= {_MOST_EPOCHS}")
    return least, most


def _check_config(request: Document) -> None:
    config = request["HyperParameterTuningJobConfig"]
    strategy, found = config["Strategy"], ranges.parse(config)
    if "HyperParameterTuningJobObjective" not in config:
        refuse("HyperParameterTuningJobObjective is required")
    if config.get("TrainingJobEarlyStoppingType", "Off") == "Auto" and strategy == "Hyperband":
        refuse("TrainingJobEarlyStoppingType must be Off with the strategy Hyperband")
    hyperband(request)
    criteria = config.get("TuningJobCompletionCriteria", {})
    if criteria.get("ConvergenceDetected", {}).get("CompleteOnConvergence") == "Enabled":
        refuse("the local cloud lacks CompleteOnConvergence: AWS's rule for it is not public")
    _check_limits(config["ResourceLimits"], strategy, found)


def _check_limits(limits: Document, strategy: str, found: list[ranges.Range]) -> None:
    jobs = limits.get("MaxNumberOfTrainingJobs")
    if jobs is not None and limits["MaxParallelTrainingJobs"] > jobs:
        refuse(
            f"MaxParallelTrainingJobs {limits['MaxParallelTrainingJobs']} must not exceed "
            f"MaxNumberOfTrainingJobs {jobs}"
        )
    if strategy == "Grid":
        if not all(isinstance(one, ranges.Categorical) for one in found):
            refuse("the strategy Grid takes CategoricalParameterRanges only")
        rows = math.prod(len(one.values) for one in found if isinstance(one, ranges.Categorical))
        if jobs not in (None, rows):
            refuse(f"MaxNumberOfTrainingJobs {jobs}: the grid has {rows} combinations")
    elif jobs is None and "MaxRuntimeInSeconds" not in limits:
        refuse("ResourceLimits needs MaxNumberOfTrainingJobs or MaxRuntimeInSeconds")


def _check_definition(definition: Document, request: Document) -> None:
    config = request["HyperParameterTuningJobConfig"]
    for member in ("TuningObjective", "HyperParameterRanges"):
        if member in definition:
            refuse(f"TrainingJobDefinition.{member} is for TrainingJobDefinitions only")
    metric = config["HyperParameterTuningJobObjective"]["MetricName"]
    defined = definition["AlgorithmSpecification"].get("MetricDefinitions", [])
    if metric not in {one["Name"] for one in defined}:
        refuse(f"the objective metric {metric} is not in AlgorithmSpecification.MetricDefinitions")
    tuned = {one.name for one in ranges.parse(config)}
    if both := tuned & definition.get("StaticHyperParameters", {}).keys():
        refuse(f"the hyperparameter {min(both)} is both static and tuned")
    check_training(training_request(request, request["HyperParameterTuningJobName"], {}))


def _resources(definition: Document) -> Document:
    """One of several allowed kinds of instances is as good as another here: the first."""
    if "ResourceConfig" in definition:
        return dict(definition["ResourceConfig"])
    given = definition.get("HyperParameterTuningResourceConfig")
    if not given:
        refuse("ResourceConfig or HyperParameterTuningResourceConfig is required")
    first = given.get("InstanceConfigs", [given])[0]
    found = {key: first.get(key, given.get(key)) for key in ("InstanceType", "InstanceCount")}
    size = first.get("VolumeSizeInGB", given.get("VolumeSizeInGB"))
    key = given.get("VolumeKmsKeyId")
    return {
        **found,
        **({"VolumeSizeInGB": size} if size else {}),
        **({"VolumeKmsKeyId": key} if key else {}),
    }


def refuse(message: str) -> NoReturn:
    raise ServiceError("ValidationException", f"CreateHyperParameterTuningJob: {message}")
