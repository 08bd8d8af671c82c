"""What DescribeTrainingJob tells of a job; every change of state is also an event."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import Any

from localcloud import events
from localcloud.json_service import Document

TERMINAL = ("Completed", "Failed", "Stopped")
_MESSAGES = {
    "Starting": "Preparing the instances for training",
    "Downloading": "Downloading input data",
    "Training": "Training image download completed. Training in progress.",
    "Uploading": "Uploading generated training model",
    "Completed": "Training job completed",
    "Failed": "Training job failed",
    "Stopping": "Stopping the training job",
    "Stopped": "Training job stopped",
    "MaxRuntimeExceeded": "Training job runtime exceeded MaxRuntimeInSeconds provided",
}


class Record:
    def __init__(self, request: Document, arn: str) -> None:
        self.request, self.arn, self.name = request, arn, request["TrainingJobName"]
        self.status = "InProgress"
        self.extra: Document = {}
        self._transitions: list[Document] = []
        self._lock = threading.Lock()
        self._created = self._modified = _now()
        self.enter("Starting")

    def enter(self, secondary: str, status: str | None = None, message: str | None = None) -> None:
        """Move to a secondary status, and with it perhaps to another status."""
        with self._lock:
            if self.status in TERMINAL:
                return
            now = self._modified = _now()
            if self._transitions:
                self._transitions[-1].setdefault("EndTime", now)
            self._transitions.append(
                {
                    "Status": secondary,
                    "StartTime": now,
                    "StatusMessage": message or _MESSAGES[secondary],
                }
            )
            if secondary in ("Downloading", "Training"):
                self.extra.setdefault("TrainingStartTime", now)
            if status in TERMINAL:
                self._transitions[-1]["EndTime"] = now
                self._end(now)
            self.status = status or self.status
        self._emit()

    def fail(self, reason: str) -> None:
        self.extra["FailureReason"] = reason[:1024]
        self.enter("Failed", "Failed")

    def _end(self, now: datetime) -> None:
        self.extra["TrainingEndTime"] = now
        started = self.extra.get("TrainingStartTime", now)
        seconds = max(1, round((now - started).total_seconds()))
        self.extra["TrainingTimeInSeconds"] = self.extra["BillableTimeInSeconds"] = seconds

    def describe(self) -> Document:
        with self._lock:
            kept = {k: v for k, v in self.request.items() if k != "Tags"}
            return {
                **kept,
                "TrainingJobArn": self.arn,
                "TrainingJobStatus": self.status,
                "SecondaryStatus": self._transitions[-1]["Status"],
                "SecondaryStatusTransitions": [dict(t) for t in self._transitions],
                "CreationTime": self._created,
                "LastModifiedTime": self._modified,
                "EnableNetworkIsolation": self.request.get("EnableNetworkIsolation", False),
                **self.extra,
            }

    def summary(self) -> Document:
        facts = self.describe()
        names = (
            "TrainingJobName",
            "TrainingJobArn",
            "CreationTime",
            "TrainingEndTime",
            "LastModifiedTime",
            "TrainingJobStatus",
            "SecondaryStatus",
        )
        return {name: facts[name] for name in names if name in facts}

    def _emit(self) -> None:
        detail: dict[str, Any] = {**self.describe(), "Tags": self._tags()}
        detail.pop("Environment", None)  # may hold secrets; AWS leaves it out as well
        kind = "SageMaker Training Job State Change"
        events.put("aws.sagemaker", kind, detail, [self.arn])

    def _tags(self) -> dict[str, str]:
        return {tag["Key"]: tag["Value"] for tag in self.request.get("Tags", [])}


def _now() -> datetime:
    return datetime.now(UTC)
