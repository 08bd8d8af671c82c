"""Warm start: what earlier tuning jobs found out, for a new one on the same data and algorithm."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from localcloud.json_service import Document
from localcloud.sagemaker.state import TERMINAL
from localcloud.sagemaker.tuning import trial
from localcloud.sagemaker.tuning.record import Record
from localcloud.sagemaker.tuning.request import refuse
from localcloud.sagemaker.tuning.trial import Trial


def parents(request: Document, record: Callable[[str], Record]) -> list[Trial]:
    """The trials of all parents; raises ServiceError for parents that do not fit, as AWS does."""
    config = request.get("WarmStartConfig")
    if config is None:
        return []
    if config["WarmStartType"] != "IdenticalDataAndAlgorithm":
        refuse("the local cloud lacks the WarmStartType TransferLearning")
    names = [one["HyperParameterTuningJobName"] for one in config["ParentHyperParameterTuningJobs"]]
    found: list[Trial] = []
    for name in names:
        parent = record(name)
        if parent.status not in TERMINAL:
            refuse(f"the parent tuning job {name} is {parent.status}; it must have ended")
        _check(name, parent.request, request)
        static = parent.request["TrainingJobDefinition"].get("StaticHyperParameters", {})
        found += [replace(one, values={**static, **one.values}) for one in trial.of(name)]
    return found


def _check(name: str, parent: Document, request: Document) -> None:
    for what, part in (
        ("objective", _objective),
        ("static and tuned hyperparameters", _parameters),
        ("training image", _image),
        ("input data", _data),
    ):
        if part(parent) != part(request):
            refuse(f"the {what} must be the same as in the parent tuning job {name}")


def _objective(request: Document) -> object:
    return request["HyperParameterTuningJobConfig"]["HyperParameterTuningJobObjective"]


def _parameters(request: Document) -> object:
    given = request["HyperParameterTuningJobConfig"]["ParameterRanges"].values()
    tuned = {one["Name"] for part in given for one in part}
    return tuned | request["TrainingJobDefinition"].get("StaticHyperParameters", {}).keys()


def _image(request: Document) -> object:
    return request["TrainingJobDefinition"]["AlgorithmSpecification"].get("TrainingImage")


def _data(request: Document) -> object:
    return request["TrainingJobDefinition"].get("InputDataConfig", [])
