"""A processing job's container: its configuration files, its folders and its environment."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from localcloud import roles
from localcloud.json_service import Document
from localcloud.sagemaker import hosts
from localcloud.sagemaker.disk import Disk
from localcloud.sagemaker.failure import JobFailure
from localcloud.sagemaker.hosts import Host
from localcloud.sagemaker.script import Command, named


class Container(Disk):
    def __init__(
        self, root: Path, request: Document, arn: str, cluster: list[Host], host: Host
    ) -> None:
        super().__init__(root)
        self._request, self._arn = request, arn
        self._cluster, self.host = cluster, host
        self._message = self.ml / "output/message"

    def lay_out(self, addresses: dict[str, str]) -> None:
        shutil.rmtree(self.root, ignore_errors=True)
        outputs = self._request.get("ProcessingOutputConfig", {}).get("Outputs", [])
        folders = [self.folder(one["S3Output"]) for one in outputs]
        for folder in (self.ml / "config", self._message.parent, self.root / "tmp", *folders):
            folder.mkdir(parents=True, exist_ok=True)
        kept = {k: v for k, v in self._request.items() if k not in ("Tags", "ExperimentConfig")}
        resources = hosts.resource_config(self._cluster, self.host)
        files = {"processingjobconfig": {"ProcessingJobArn": self._arn, **kept}}
        for name, content in {**files, "resourceconfig": resources}.items():
            (self.ml / "config" / f"{name}.json").write_text(json.dumps(content))
        self.name_hosts(addresses)

    def folder(self, part: Document) -> Path:
        """Where an S3Input or S3Output lies on this host."""
        return Path(self.outside(part["LocalPath"]))

    def entrypoint(self, python: Path) -> Command:
        application = self._request["AppSpecification"]
        words = [*application["ContainerEntrypoint"], *application.get("ContainerArguments", [])]
        given = {k: self.inside(v) for k, v in self._request.get("Environment", {}).items()}
        environment = {
            **self.every_environment(python),
            **given,
        }
        if not self._request.get("NetworkConfig", {}).get("EnableNetworkIsolation"):
            session = f"SageMaker-{self._request['ProcessingJobName']}"
            environment |= roles.credentials(self._request["RoleArn"], session)
            environment["AWS_ENDPOINT_URL"] = roles.endpoint()
        return Command(named(words, self, python), environment)

    def message(self) -> str:
        """What the program leaves in /opt/ml/output/message."""
        if not self._message.is_file():
            return ""
        try:
            return self._message.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise JobFailure("ClientError: the exit message is not encoded in UTF-8") from error
