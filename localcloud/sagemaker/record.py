"""What DescribeTrainingJob tells of a job; every change of state is also an event."""

from __future__ import annotations

from datetime import datetime

from localcloud.json_service import Document
from localcloud.sagemaker.state import TERMINAL, JobRecord, now

_MESSAGES = {
    "Starting": "Preparing the instances for training",
    "Downloading": "Downloading input data",
    "Training": "Training image download completed. Training in progress.",
    "Uploading": "Uploading generated training model",
    "Completed": "Training job completed",
    "Failed": "Training job failed",
    "Stopping": "Stopping the training job",
    "Stopped": "Training job stopped",
    "Interrupted": "The training job was interrupted: its Spot instances were taken back",
    "Restarting": "Restarting the training job after an internal error",
    "MaxRuntimeExceeded": "Training job runtime exceeded MaxRuntimeInSeconds provided",
    "MaxWaitTimeExceeded": "Training job wait time exceeded MaxWaitTimeInSeconds provided",
}


class Record(JobRecord):
    table = "sagemaker.training-jobs"
    kind = "Training"
    resource = "training-job"

    def begin(self) -> None:
        self.enter("Starting")

    def enter(self, secondary: str, status: str | None = None, message: str | None = None) -> None:
        """Move to a secondary status, and with it perhaps to another status."""
        state = self.state
        with self.lock:
            if state.status in TERMINAL:
                return
            at = state.modified = now()
            if state.transitions:
                state.transitions[-1].setdefault("EndTime", at)
            told = message or _MESSAGES[secondary]
            state.transitions.append({"Status": secondary, "StartTime": at, "StatusMessage": told})
            if secondary in ("Downloading", "Training"):
                state.extra.setdefault("TrainingStartTime", at)
            if status in TERMINAL:
                state.transitions[-1]["EndTime"] = at
                self._end(at)
            state.status = status or state.status
        self.emit()

    def fail(self, reason: str) -> None:
        self.extra["FailureReason"] = reason[:1024]
        self.enter("Failed", "Failed")

    def _end(self, at: datetime) -> None:
        """Training time leaves out what a Spot job waits for new instances."""
        extra = self.state.extra
        extra["TrainingEndTime"] = at
        total = (at - extra.get("TrainingStartTime", at)).total_seconds()
        waited = sum(
            (step["EndTime"] - step["StartTime"]).total_seconds()
            for step in self.state.transitions
            if step["Status"] == "Interrupted"
        )
        seconds = max(1, round(total - waited))
        extra["TrainingTimeInSeconds"] = extra["BillableTimeInSeconds"] = seconds

    def describe(self) -> Document:
        with self.lock:
            steps = [dict(step) for step in self.state.transitions]
        return {
            "EnableNetworkIsolation": False,
            "EnableManagedSpotTraining": False,
            "EnableInterContainerTrafficEncryption": False,
            **super().describe(),
            "SecondaryStatus": steps[-1]["Status"],
            "SecondaryStatusTransitions": steps,
        }

    def summary(self, *more: str) -> Document:
        return super().summary("SecondaryStatus", *more)
