"""One container of a model: its file system, its environment, and the command that serves.

What stands for an image is an interpreter (see instances.interpreter). An executable `serve` beside
it is the image's own and is run as SageMaker runs `docker run <image> serve`; an image without one
counts as a prebuilt one in script mode, and server.py serves it. Either must listen on
SAGEMAKER_BIND_TO_PORT: all containers of this machine share its ports.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

from localcloud import roles
from localcloud.sagemaker import requirements
from localcloud.sagemaker.disk import Disk
from localcloud.sagemaker.hosting import artifact
from localcloud.sagemaker.hosting.facts import ContainerFacts, ModelFacts
from localcloud.sagemaker.script import Command

_SERVER = Path(__file__).with_name("server.py")


class ModelContainer(Disk):
    def __init__(self, root: Path, facts: ContainerFacts, model: ModelFacts) -> None:
        super().__init__(root)
        self.facts, self._of = facts, model
        self.model, self._fetched = self.ml / "model", self.ml / "code"
        self.isolated, self.packages = model.isolated, root.parent / "packages"

    def lay_out(self) -> None:
        shutil.rmtree(self.root, ignore_errors=True)
        for folder in (self.model, self._fetched, self.root / "tmp"):
            folder.mkdir(parents=True)
        if self.facts.data:
            artifact.fetch(self._s3(), self.facts.name, self.facts.data, self.model)
        place = self._submitted()
        if place.startswith("s3://"):
            artifact.unpack(self._s3(), self.facts.name, place, self._fetched)

    def serving(
        self, python: Path, port: int, more: Mapping[str, str], write: Callable[[str], None]
    ) -> Command:
        """Raises JobFailure when what the script requires cannot be installed."""
        environment = self._environment(python, port, more)
        own = python.parent / "serve"
        if os.access(own, os.X_OK):
            return Command([str(own), "serve"], environment)
        if (self.code / "requirements.txt").is_file():
            target = requirements.install(cast("Any", self), environment, python, write)
            environment["PYTHONPATH"] = str(target)
        words = [str(python), str(_SERVER), self.inside(self.code), self.inside(self.model)]
        return Command(words, environment)

    def _s3(self) -> Any:
        return roles.client("s3", self._of.role, f"SageMaker-{self._of.name}")

    def _submitted(self) -> str:
        return self.facts.environment.get("SAGEMAKER_SUBMIT_DIRECTORY", "/opt/ml/model/code")

    @property
    def code(self) -> Path:
        place = self._submitted()
        return self._fetched if place.startswith("s3://") else Path(self.outside(place))

    def _environment(self, python: Path, port: int, more: Mapping[str, str]) -> dict[str, str]:
        own = {key: self.inside(value) for key, value in self.facts.environment.items()}
        found = {
            **self.every_environment(python),
            "PYTHONDONTWRITEBYTECODE": "1",
            **own,
            **more,
            "SAGEMAKER_BIND_TO_PORT": str(port),
            "SAGEMAKER_SAFE_PORT_RANGE": f"{port}-{port}",
        }
        if not self._of.isolated:
            session = f"SageMaker-{self._of.name}"
            found |= {
                **roles.credentials(self._of.role, session),
                "AWS_ENDPOINT_URL": roles.endpoint(),
            }
        return found
