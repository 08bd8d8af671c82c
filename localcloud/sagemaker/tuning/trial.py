"""One training job of a tuning job: what it tried, what came of it, and how AWS sums it up."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from localcloud import tables
from localcloud.json_service import Document, ServiceError
from localcloud.sagemaker.state import TERMINAL
from localcloud.sagemaker.training import Training

_SUMMED_UP = (
    "TrainingJobName",
    "TrainingJobArn",
    "CreationTime",
    "TrainingStartTime",
    "TrainingEndTime",
    "TrainingJobStatus",
    "FailureReason",
)


@dataclass
class Trial:
    """Plain data that is kept; `emitted` is the objective after each epoch."""

    number: int
    tuning: str
    name: str
    values: dict[str, str]
    metric: str
    status: str = "InProgress"
    retryable: bool = False
    objective: float | None = None
    emitted: list[float] = field(default_factory=list)

    @property
    def objective_status(self) -> str:
        if self.status in ("InProgress", "Stopping"):
            return "Pending"
        return "Failed" if self.objective is None else "Succeeded"


def of(tuning: str) -> list[Trial]:
    """The trials of one tuning job, in the order in which they began."""
    found: list[Trial] = tables.table("sagemaker.tuning-trials").setdefault(tuning, [])
    return found


def forget(tuning: str) -> None:
    tables.table("sagemaker.tuning-trials").pop(tuning, None)


def best(trials: Sequence[Trial], maximize: bool) -> Trial | None:
    """Of equals the first; only a job that was not a failure can be the best."""
    found = [one for one in trials if one.objective_status == "Succeeded"]
    sign = 1 if maximize else -1
    return max(found, key=lambda one: sign * (one.objective or 0.0), default=None)


def follow(trial: Trial, training: Training) -> bool:
    """Takes over what its training job has come to; True when that has ended."""
    try:
        facts = training.record(trial.name).describe()
    except ServiceError:  # ended, and deleted already
        facts = {"TrainingJobStatus": "Stopped"}
    trial.status = facts["TrainingJobStatus"]
    if trial.status not in TERMINAL:
        return False
    trial.retryable = facts.get("FailureReason", "").startswith("InternalServerError")
    if trial.status != "Failed":
        values = {one["MetricName"]: one["Value"] for one in facts.get("FinalMetricDataList", [])}
        found = values.get(trial.metric)
        trial.objective = found if found is not None and math.isfinite(found) else None
    return True


def summary(trial: Trial, training: Training) -> Document | None:
    """A HyperParameterTrainingJobSummary; None when the training job has been deleted."""
    try:
        facts = training.record(trial.name).describe()
    except ServiceError:
        return None
    found = {name: facts[name] for name in _SUMMED_UP if name in facts}
    found |= {"TunedHyperParameters": trial.values, "ObjectiveStatus": trial.objective_status}
    if trial.objective is not None:
        metric = {"MetricName": trial.metric, "Value": trial.objective}
        found["FinalHyperParameterTuningJobObjectiveMetric"] = metric
    return found


def job_counters(trials: Sequence[Trial]) -> Document:
    failed = [one for one in trials if one.status == "Failed"]
    retryable = sum(one.retryable for one in failed)
    return {
        "Completed": sum(one.status == "Completed" for one in trials),
        "InProgress": sum(one.status in ("InProgress", "Stopping") for one in trials),
        "RetryableError": retryable,
        "NonRetryableError": len(failed) - retryable,
        "Stopped": sum(one.status == "Stopped" for one in trials),
    }


def objective_counters(trials: Sequence[Trial]) -> Document:
    told = [one.objective_status for one in trials]
    return {name: told.count(name) for name in ("Succeeded", "Pending", "Failed")}
