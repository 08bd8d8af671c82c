"""What DescribeHyperParameterTuningJob tells; every change of the status is also an event."""

from __future__ import annotations

from typing import Any

from localcloud import events
from localcloud.json_service import Document
from localcloud.sagemaker.state import TERMINAL, JobRecord, now
from localcloud.sagemaker.tuning import trial


class Record(JobRecord):
    table = "sagemaker.tuning-jobs"
    kind = "HyperParameterTuning"
    resource = "hyper-parameter-tuning-job"

    @property
    def config(self) -> Document:
        found: Document = self.request["HyperParameterTuningJobConfig"]
        return found

    @property
    def maximize(self) -> bool:
        return bool(self.config["HyperParameterTuningJobObjective"]["Type"] == "Maximize")

    @property
    def metric(self) -> str:
        return str(self.config["HyperParameterTuningJobObjective"]["MetricName"])

    def enter(self, status: str) -> None:
        with self.lock:
            if self.state.status in TERMINAL:
                return
            self.state.status, self.state.modified = status, now()
            if status in TERMINAL:
                at = self.extra["HyperParameterTuningEndTime"] = self.state.modified
                seconds = round((at - self.state.created).total_seconds())
                self.extra["ConsumedResources"] = {"RuntimeInSeconds": seconds}
        self.emit()

    def fail(self, reason: str) -> None:
        self.extra["FailureReason"] = reason[:1024]
        self.enter("Failed")

    def describe(self) -> Document:
        trials = trial.of(self.name)
        counters = {
            "TrainingJobStatusCounters": trial.job_counters(trials),
            "ObjectiveStatusCounters": trial.objective_counters(trials),
        }
        return {**super().describe(), **counters}

    def summary(self, *more: str) -> Document:
        counters = ("TrainingJobStatusCounters", "ObjectiveStatusCounters")
        config = {name: self.config[name] for name in ("Strategy", "ResourceLimits")}
        return {**super().summary(*counters, *more), **config}

    def emit(self) -> None:
        tags = {tag["Key"]: tag["Value"] for tag in self.request.get("Tags", [])}
        detail: dict[str, Any] = {**self.describe(), "Tags": tags}
        definition = dict(detail["TrainingJobDefinition"])
        definition.pop("Environment", None)  # may hold secrets
        detail["TrainingJobDefinition"] = definition
        kind = "SageMaker HyperParameter Tuning Job State Change"
        events.put("aws.sagemaker", kind, detail, [self.arn])
