"""What DescribeTransformJob tells of a job; every change of its status is also an event."""

from __future__ import annotations

from localcloud.json_service import Document
from localcloud.sagemaker.state import TERMINAL, JobRecord, now


class Record(JobRecord):
    table = "sagemaker.transform-jobs"
    kind = "Transform"
    resource = "transform-job"

    def start(self) -> None:
        with self.lock:
            self.state.extra["TransformStartTime"] = self.state.modified = now()
        self.emit()

    def enter(self, status: str) -> None:
        with self.lock:
            if self.state.status in TERMINAL:
                return
            self.state.status, self.state.modified = status, now()
            if status in TERMINAL:
                self.state.extra["TransformEndTime"] = self.state.modified
        self.emit()

    def fail(self, reason: str) -> None:
        self.extra["FailureReason"] = reason[:1024]
        self.enter("Failed")

    def summary(self, *more: str) -> Document:
        return super().summary("FailureReason", *more)
