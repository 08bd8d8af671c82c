"""The training jobs of this cloud."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from localcloud import admin
from localcloud.json_service import Document, ServiceError
from localcloud.sagemaker.job import Job
from localcloud.sagemaker.jobs import Jobs
from localcloud.sagemaker.record import Record
from localcloud.sagemaker.training_request import check


class Training(Jobs):
    record_type = Record

    def check(self, request: Document) -> None:
        check(request)

    def make(self, record: Record, root: Path, images: Mapping[str, Path]) -> Job:
        return Job(record, root, images)

    def register_pages(self) -> None:
        """Spot takes instances back when it likes; here, when one asks for it."""
        path = r"sagemaker/training-jobs/(?P<name>[^/]+)/interrupt"
        admin.register("POST", path, self._on_interrupt)

    async def _on_interrupt(self, request: admin.Request) -> admin.Answer:
        record = self.record(request.parameters["name"])
        if not record.request.get("EnableManagedSpotTraining"):
            raise ServiceError("ValidationException", f"{record.name} does not train on Spot")
        if record.status != "InProgress":
            raise ServiceError("ValidationException", f"{record.name} is {record.status}")
        self._jobs[record.name].interrupt()
        return admin.as_json(202, {"interrupted": record.name})
