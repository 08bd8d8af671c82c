"""The processing jobs of this cloud."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from localcloud.json_service import Document
from localcloud.sagemaker.jobs import Jobs
from localcloud.sagemaker.processing.job import Job
from localcloud.sagemaker.processing.record import Record
from localcloud.sagemaker.processing.request import check


class Processing(Jobs):
    record_type = Record
    missing = "Could not find requested job with name: {name}"

    def check(self, request: Document) -> None:
        check(request)

    def make(self, record: Record, root: Path, images: Mapping[str, Path]) -> Job:
        return Job(record, root, images)
