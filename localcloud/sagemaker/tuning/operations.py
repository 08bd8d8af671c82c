"""The tuning jobs of this cloud, on top of its training jobs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from localcloud.json_service import Document, Operation, ServiceError
from localcloud.sagemaker.jobs import Jobs
from localcloud.sagemaker.training import Training
from localcloud.sagemaker.tuning import request as requests
from localcloud.sagemaker.tuning import trial, warm_start
from localcloud.sagemaker.tuning.job import Job
from localcloud.sagemaker.tuning.record import Record

_METRIC = "FinalHyperParameterTuningJobObjectiveMetric"
_ORDER: dict[str, Callable[[Document], Any]] = {
    "Name": lambda one: one["TrainingJobName"],
    "CreationTime": lambda one: one["CreationTime"],
    "Status": lambda one: one["TrainingJobStatus"],
}


class Tuning(Jobs):
    record_type = Record
    missing = "Amazon SageMaker can't find a tuning job with the name {name} in this account."
    missing_code = "ResourceNotFound"

    def __init__(self, training: Training) -> None:
        super().__init__(Path(), {})  # its training jobs have the directories and the images
        self._training = training

    def operations(self) -> dict[str, Operation]:
        more = {"ListTrainingJobsForHyperParameterTuningJob": self.list_trainings}
        return {**super().operations(), **more}

    def check(self, request: Document) -> None:
        requests.check(request)
        warm_start.parents(request, self.record)

    def make(self, record: Record, root: Path, images: Mapping[str, Path]) -> Job:
        return Job(record, self._training, warm_start.parents(record.request, self.record))

    def delete(self, request: Document) -> Document:
        answer = super().delete(request)
        trial.forget(self._name(request))
        return answer

    def list_trainings(self, request: Document) -> Document:
        record = self.record(self._name(request))
        every = [trial.summary(one, self._training) for one in trial.of(record.name)]
        status = request.get("StatusEquals")
        wanted = [one for one in every if one and status in (None, one["TrainingJobStatus"])]
        wanted = self._sorted(record, wanted, request.get("SortBy", "Name"))
        if request.get("SortOrder", "Ascending") == "Descending":
            wanted.reverse()
        first = _position(request.get("NextToken", "0"))
        end = first + request.get("MaxResults", 10)
        more = {"NextToken": str(end)} if end < len(wanted) else {}
        return {"TrainingJobSummaries": wanted[first:end], **more}

    def _sorted(self, record: Record, found: list[Document], by: str) -> list[Document]:
        if by != "FinalObjectiveMetricValue":
            return sorted(found, key=_ORDER[by])
        with_value = [one for one in found if _METRIC in one]
        without = [one for one in found if _METRIC not in one]
        return [*sorted(with_value, key=lambda one: one[_METRIC]["Value"]), *without]


def _position(token: str) -> int:
    if not token.isdigit():
        raise ServiceError("ValidationException", f"NextToken {token!r} is invalid")
    return int(token)
