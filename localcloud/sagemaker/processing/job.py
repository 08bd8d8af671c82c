"""One processing job, from its inputs to its outputs, in a thread of its own."""

from __future__ import annotations

import logging
import shutil
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from localcloud import clock, roles
from localcloud.sagemaker import channels, cluster, hosts
from localcloud.sagemaker.cluster import Ending, InternalFailure, Member
from localcloud.sagemaker.failure import JobFailure
from localcloud.sagemaker.image import pulled
from localcloud.sagemaker.logs import Logs
from localcloud.sagemaker.mirror import Mirror
from localcloud.sagemaker.process import Process
from localcloud.sagemaker.processing.container import Container
from localcloud.sagemaker.processing.record import Record

log = logging.getLogger(__name__)

GROUP = "/aws/sagemaker/ProcessingJobs"
_STOP_SECONDS = 120  # what AWS gives a container between SIGTERM and SIGKILL


class Job:
    def __init__(self, record: Record, root: Path, images: Mapping[str, Path]) -> None:
        self.record, self._images = record, images
        self._stopping = threading.Event()
        request = record.request
        machines = hosts.of(request["ProcessingResources"]["ClusterConfig"])
        self._addresses = hosts.addresses(machines)
        self._containers = [
            Container(root / host.name, request, record.arn, machines, host) for host in machines
        ]
        session = f"SageMaker-{record.name}"
        self._s3 = roles.client("s3", request["RoleArn"], session)
        self._logs = roles.client("logs", request["RoleArn"], session)

    def stop(self) -> None:
        self._stopping.set()
        self.record.enter("Stopping")

    def run(self) -> None:
        try:
            self._run()
        except JobFailure as failure:
            self.record.fail(str(failure))
        except InternalFailure as failure:
            self.record.fail(f"InternalServerError: {failure}")
        except Exception as error:
            log.exception("processing job %s", self.record.name)
            self.record.fail(f"InternalServerError: {error!r}")
        finally:
            for container in self._containers:
                shutil.rmtree(container.ml / "processing", ignore_errors=True)

    def _run(self) -> None:
        image = self.record.request["AppSpecification"]["ImageUri"]
        python = pulled(image, self._images, self.record.request["RoleArn"])
        for container in self._containers:
            container.lay_out(self._addresses)
        self._read()
        if self._stopping.is_set():
            return self.record.enter("Stopped")
        members = [self._member(container, python) for container in self._containers]
        mirrors = self._mirrors()
        self.record.start()
        try:
            for mirror in mirrors:
                mirror.start()
            ending = cluster.run(
                members, self._watch(), max(2.0, clock.real_seconds(_STOP_SECONDS))
            )
        finally:
            for member in members:
                member.logs.close()
            for mirror in mirrors:
                mirror.close()
        self._finish(ending)

    def _finish(self, ending: Ending) -> None:
        message = "".join(container.message() for container in self._containers)[:1024]
        if ending.failed:
            reason = "AlgorithmError: See job logs for more information"
            return self.record.fail(reason, message)
        if ending.why == "Completed":
            self._write()
        self.record.enter(ending.why, message)

    def _watch(self) -> Any:
        condition = self.record.request.get("StoppingCondition", {})
        # Real: nothing makes a program faster.
        deadline = time.monotonic() + condition.get("MaxRuntimeInSeconds", 86400)
        return lambda: "Stopped" if self._stopping.is_set() or time.monotonic() > deadline else None

    def _member(self, container: Container, python: Path) -> Member:
        stream = f"{self.record.name}/{container.host.name}-{int(time.time())}"
        process = Process(container.entrypoint(python), container)
        return Member(container, process, Logs(self._logs, stream, GROUP))

    def _read(self) -> None:
        for one in self.record.request.get("ProcessingInputs", []):
            source = one["S3Input"]
            try:
                for position, container in enumerate(self._containers):
                    target = container.folder(source)
                    channels.read(self._s3, source, target, position, len(self._containers))
            except (ClientError, BotoCoreError) as error:
                raise JobFailure(
                    f"ClientError: Data download failed:input {one['InputName']}, "
                    f"{source['S3Uri']}: {error}"
                ) from error

    def _outputs(self, mode: str) -> list[dict[str, Any]]:
        outputs = self.record.request.get("ProcessingOutputConfig", {}).get("Outputs", [])
        return [one["S3Output"] for one in outputs if one["S3Output"]["S3UploadMode"] == mode]

    def _key(self) -> str | None:
        key: str | None = self.record.request.get("ProcessingOutputConfig", {}).get("KmsKeyId")
        return key

    def _mirrors(self) -> list[Mirror]:
        return [
            Mirror(self._s3, container.folder(one), one["S3Uri"], "Output", self._key())
            for one in self._outputs("Continuous")
            for container in self._containers
        ]

    def _write(self) -> None:
        for one in self._outputs("EndOfJob"):
            folders = [container.folder(one) for container in self._containers]
            try:
                channels.upload_files(self._s3, folders, one["S3Uri"], self._key())
            except (ClientError, BotoCoreError) as error:
                raise JobFailure(f"ClientError: Output upload failed:{error}") from error
