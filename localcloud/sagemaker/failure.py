"""Why a training job failed, in the words of AWS."""

from __future__ import annotations

from localcloud.sagemaker.disk import Disk
from localcloud.sagemaker.logs import Logs


class JobFailure(Exception):
    """Ends a job; its text is the FailureReason."""


def reason_of(disk: Disk, logs: Logs, code: int) -> str:
    """The failure file if the script wrote one, else the end of its log."""
    failure = disk.ml / "output/failure"
    text = failure.read_text(errors="replace").strip() if failure.is_file() else logs.tail(900)
    return f"AlgorithmError: {text[:950]}, exit code: {code}"
