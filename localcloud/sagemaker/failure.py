"""Why a training job failed, in the words of AWS."""

from __future__ import annotations

from localcloud.sagemaker.container import Container
from localcloud.sagemaker.logs import Logs


class JobFailure(Exception):
    """Ends a job; its text is the FailureReason."""


def reason_of(container: Container, logs: Logs, code: int) -> str:
    """The failure file if the script wrote one, else the end of its log."""
    if container.failure.is_file():
        text = container.failure.read_text(errors="replace").strip()
    else:
        text = logs.tail(900)
    return f"AlgorithmError: {text[:950]}, exit code: {code}"
