"""Hosting as a whole: its operations, and what must be installed for the data plane."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from localcloud.json_service import Operation
from localcloud.sagemaker.hosting import configs, content_type, target_variant
from localcloud.sagemaker.hosting.endpoints import Endpoints
from localcloud.sagemaker.hosting.models import Models
from localcloud.sagemaker.hosting.runtime import Runtime


class Hosting:
    def __init__(self, directory: Path, images: Mapping[str, Path]) -> None:
        self.models, self.endpoints = Models(images), Endpoints(directory, images)

    def operations(self) -> dict[str, Operation]:
        return {
            **self.models.operations(),
            **configs.operations(),
            **self.endpoints.operations(),
        }

    def install(self) -> None:
        Runtime(self.endpoints.live).install()
        target_variant.install()
        content_type.install()
