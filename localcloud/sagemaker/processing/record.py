"""What DescribeProcessingJob tells of a job; every change of its status is also an event."""

from __future__ import annotations

from localcloud.json_service import Document
from localcloud.sagemaker.state import TERMINAL, JobRecord, now


class Record(JobRecord):
    table = "sagemaker.processing-jobs"
    kind = "Processing"
    resource = "processing-job"

    def start(self) -> None:
        with self.lock:
            self.state.extra["ProcessingStartTime"] = self.state.modified = now()
        self.emit()

    def enter(self, status: str, message: str | None = None) -> None:
        with self.lock:
            if self.state.status in TERMINAL:
                return
            self.state.status, self.state.modified = status, now()
            if status in TERMINAL:
                self.state.extra["ProcessingEndTime"] = self.state.modified
            if message:
                self.state.extra["ExitMessage"] = message
        self.emit()

    def fail(self, reason: str, message: str | None = None) -> None:
        self.extra["FailureReason"] = reason[:1024]
        self.enter("Failed", message)

    def summary(self, *more: str) -> Document:
        return super().summary("FailureReason", "ExitMessage", *more)
