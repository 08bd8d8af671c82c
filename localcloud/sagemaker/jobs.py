"""The operations that every kind of job has: a record that is kept and a thread that runs it."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Protocol

from localcloud.iam import arn
from localcloud.json_service import Document, Operation, ServiceError
from localcloud.persistence import resume
from localcloud.sagemaker import listing, tags
from localcloud.sagemaker.state import TERMINAL, JobRecord


class Job(Protocol):
    """One job that runs; `run` returns when its record is in a terminal status."""

    @property
    def record(self) -> Any: ...

    def run(self) -> None: ...

    def stop(self) -> None: ...


class Jobs:
    """One kind of job; `record_type.kind` is the word in the names of its operations."""

    record_type: ClassVar[type[JobRecord]]
    missing = "Requested resource not found."
    missing_code = "ValidationException"

    def __init__(self, directory: Path, images: Mapping[str, Path]) -> None:
        self._directory, self._images = directory, images
        self._jobs: dict[str, Any] = {}
        self._lock = threading.Lock()
        resume.register(self.resume)

    def check(self, request: Document) -> None:
        """Raise ServiceError for what is refused at once."""
        raise NotImplementedError

    def make(self, record: Any, root: Path, images: Mapping[str, Path]) -> Job:
        raise NotImplementedError

    def operations(self) -> dict[str, Operation]:
        kind = self.record_type.kind
        return {
            f"Create{kind}Job": self.create,
            f"Delete{kind}Job": self.delete,
            f"Describe{kind}Job": self.describe,
            f"List{kind}Jobs": self.list_,
            f"Stop{kind}Job": self.stop,
        }

    def create(self, request: Document) -> Document:
        self.check(request)
        kind = self.record_type.kind
        name = request[f"{kind}JobName"]
        found = arn("sagemaker", f"{self.record_type.resource}/{name}")
        kept = self.record_type.kept()
        with self._lock:
            if name in kept:
                raise ServiceError(
                    "ResourceInUse",
                    f"{kind} job names must be unique within an AWS account and region, "
                    f"and a {kind.lower()} job with this name already exists ({found})",
                )
            record = self.record_type.create(request, found)
            job = self.make(record, self._directory / name, self._images)
            kept[name], self._jobs[name] = record.state, job
        tags.keep(found, request.get("Tags", []))
        run = contextvars.copy_context().run  # the account and region of this request
        threading.Thread(target=run, args=(job.run,), name=f"job-{name}", daemon=True).start()
        return {f"{kind}JobArn": found}

    def describe(self, request: Document) -> Document:
        found: Document = self.record(self._name(request)).describe()
        return found

    def list_(self, request: Document) -> Document:
        records = [self.record(name) for name in list(self.record_type.kept())]
        return listing.page(f"List{self.record_type.kind}Jobs", request, records)

    def stop(self, request: Document) -> Document:
        record = self.record(self._name(request))
        if record.status in TERMINAL:
            raise ServiceError(
                "ValidationException",
                f"The request was rejected because the {record.kind.lower()} job is in status "
                f"{record.status}.",
            )
        self._jobs[record.name].stop()
        return {}

    def delete(self, request: Document) -> Document:
        record = self.record(self._name(request))
        if record.status not in TERMINAL:
            raise ServiceError(
                "ResourceInUse",
                f"The {record.kind.lower()} job {record.arn} is in status {record.status}; only "
                "a job that is Completed, Failed or Stopped can be deleted.",
            )
        with self._lock:
            record.kept().pop(record.name, None)
            self._jobs.pop(record.name, None)
        return {}

    def resume(self) -> None:
        for name in list(self.record_type.kept()):
            self.record(name)

    def record(self, name: str) -> Any:
        if name in self._jobs:
            return self._jobs[name].record
        state = self.record_type.kept().get(name)
        if state is None:
            raise ServiceError(self.missing_code, self.missing.format(name=name))
        record = self.record_type(state)
        if record.status not in TERMINAL:
            # Its server has ended, and with it every process: what AWS calls an internal error.
            record.fail("InternalServerError: We encountered an internal error. Please try again.")
        return record

    def _name(self, request: Document) -> str:
        return str(request[f"{self.record_type.kind}JobName"])
