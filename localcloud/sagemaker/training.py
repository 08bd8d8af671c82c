"""The training job operations: what a caller may ask for, and what is refused at once."""

from __future__ import annotations

import contextvars
import re
import threading
from collections.abc import Mapping
from pathlib import Path

from localcloud import roles
from localcloud.iam import arn
from localcloud.json_service import Document, ServiceError
from localcloud.sagemaker import tags
from localcloud.sagemaker.job import Job
from localcloud.sagemaker.record import TERMINAL, Record

_KNOWN = {
    "TrainingJobName",
    "HyperParameters",
    "AlgorithmSpecification",
    "RoleArn",
    "InputDataConfig",
    "OutputDataConfig",
    "ResourceConfig",
    "VpcConfig",
    "StoppingCondition",
    "Tags",
    "EnableNetworkIsolation",
    "EnableInterContainerTrafficEncryption",
    "EnableManagedSpotTraining",
    "Environment",
    "RetryStrategy",
    "ExperimentConfig",
}


class Training:
    def __init__(self, directory: Path, images: Mapping[str, Path]) -> None:
        self._directory, self._images = directory, images
        self._jobs: dict[str, Job] = {}
        self._lock = threading.Lock()

    def create(self, request: Document) -> Document:
        _check(request)
        name = request["TrainingJobName"]
        found = arn("sagemaker", f"training-job/{name}")
        with self._lock:
            if name in self._jobs:
                raise ServiceError(
                    "ResourceInUse",
                    f"Training job names must be unique within an AWS account and region, "
                    f"and a training job with this name already exists ({found})",
                )
            record = Record(request, found)
            self._jobs[name] = job = Job(record, self._directory / name, self._images)
        tags.keep(found, request.get("Tags", []))
        run = contextvars.copy_context().run  # the account and region of this request
        threading.Thread(target=run, args=(job.run,), name=f"job-{name}", daemon=True).start()
        return {"TrainingJobArn": found}

    def describe(self, request: Document) -> Document:
        return self._find(request).record.describe()

    def stop(self, request: Document) -> Document:
        job = self._find(request)
        if job.record.status in TERMINAL:
            raise ServiceError(
                "ValidationException",
                f"The request was rejected because the training job is in status "
                f"{job.record.status}.",
            )
        job.stop()
        return {}

    def list_(self, request: Document) -> Document:
        unknown = request.keys() - {"NameContains", "StatusEquals", "MaxResults", "SortOrder"}
        if unknown:
            raise ServiceError(
                "ValidationException", f"ListTrainingJobs: the local cloud lacks {sorted(unknown)}"
            )
        words = request.get("NameContains", "")
        status = request.get("StatusEquals")
        records = [job.record for job in self._jobs.values()]
        if request.get("SortOrder", "Descending") == "Descending":
            records.reverse()
        found = [
            record.summary()
            for record in records
            if words in record.name and status in (None, record.status)
        ]
        return {"TrainingJobSummaries": found[: request.get("MaxResults", 100)]}

    def _find(self, request: Document) -> Job:
        name = request["TrainingJobName"]
        if name not in self._jobs:
            raise ServiceError("ValidationException", "Requested resource not found.")
        return self._jobs[name]


def _check(request: Document) -> None:
    """Refuse, rather than leave out, what would make a job differ from the one on AWS."""
    name = request["TrainingJobName"]
    if not re.fullmatch(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}", name):
        _refuse(
            f"1 validation error detected: Value '{name}' at 'trainingJobName' failed to satisfy "
            "constraint: Member must satisfy regular expression pattern: "
            "^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}"
        )
    if unknown := request.keys() - _KNOWN:
        _refuse(f"CreateTrainingJob: the local cloud lacks {sorted(unknown)}")
    if "ResourceConfig" not in request or "StoppingCondition" not in request:
        _refuse("CreateTrainingJob: ResourceConfig and StoppingCondition are required")
    specification = request["AlgorithmSpecification"]
    if "TrainingImage" not in specification:
        _refuse("CreateTrainingJob: the local cloud needs AlgorithmSpecification.TrainingImage")
    if request["ResourceConfig"].get("InstanceCount", 1) != 1:
        _refuse("CreateTrainingJob: the local cloud trains on one instance; got InstanceCount > 1")
    for channel in request.get("InputDataConfig", []):
        mode = channel.get("InputMode", specification["TrainingInputMode"])
        if mode == "Pipe" or channel.get("CompressionType", "None") != "None":
            _refuse(
                f"CreateTrainingJob: channel {channel['ChannelName']}: the local cloud reads "
                "uncompressed channels in File or FastFile mode"
            )
        if channel["DataSource"].get("S3DataSource", {}).get("S3DataType") != "S3Prefix":
            _refuse(
                f"CreateTrainingJob: channel {channel['ChannelName']}: the local cloud reads "
                "S3DataType S3Prefix"
            )
    roles.check_trust(request["RoleArn"], "sagemaker.amazonaws.com")


def _refuse(message: str) -> None:
    raise ServiceError("ValidationException", message)
