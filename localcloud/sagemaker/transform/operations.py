"""The transform jobs of this cloud."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from localcloud.json_service import Document, Operation
from localcloud.sagemaker.jobs import Jobs
from localcloud.sagemaker.transform.job import Job
from localcloud.sagemaker.transform.record import Record
from localcloud.sagemaker.transform.request import check


class Transform(Jobs):
    record_type = Record
    missing_code = "ResourceNotFound"
    missing = "Could not find requested job with name: {name}"

    def operations(self) -> dict[str, Operation]:
        found = super().operations()
        del found["DeleteTransformJob"]  # AWS has none
        return found

    def check(self, request: Document) -> None:
        check(request)

    def make(self, record: Record, root: Path, images: Mapping[str, Path]) -> Job:
        return Job(record, root, images)
