"""One training job, from its channels to its artifact, in a thread of its own."""

from __future__ import annotations

import logging
import re
import shutil
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from localcloud import clock, roles
from localcloud.sagemaker import channels, script
from localcloud.sagemaker.container import Container
from localcloud.sagemaker.failure import JobFailure, reason_of
from localcloud.sagemaker.logs import Logs
from localcloud.sagemaker.process import Process
from localcloud.sagemaker.record import Record

log = logging.getLogger(__name__)

_STOP_SECONDS = 120  # what AWS gives a container between SIGTERM and SIGKILL


class Job:
    def __init__(self, record: Record, root: Path, images: Mapping[str, Path]) -> None:
        self.record, self._root, self._images = record, root, images
        self._stopping = threading.Event()
        self._deadline = float("inf")

    def stop(self) -> None:
        self._stopping.set()
        self.record.enter("Stopping", "Stopping")

    def run(self) -> None:
        request = self.record.request
        try:
            self._run()
        except JobFailure as failure:
            self.record.fail(str(failure))
        except Exception as error:
            log.exception("training job %s", self.record.name)
            self.record.fail(f"InternalServerError: {error!r}")
        finally:
            for channel in request.get("InputDataConfig", []):
                data = self._root / "opt/ml/input/data" / channel["ChannelName"]
                shutil.rmtree(data, ignore_errors=True)

    def _run(self) -> None:
        request = self.record.request
        python = _interpreter(request["AlgorithmSpecification"]["TrainingImage"], self._images)
        container = Container(self._root, request, self.record.arn)
        container.lay_out()
        self.record.enter("Downloading")
        session = f"SageMaker-{self.record.name}"
        s3 = roles.client("s3", request["RoleArn"], session)
        for channel in request.get("InputDataConfig", []):
            channels.download(s3, channel, container.channel(channel["ChannelName"]))
        if self._stopping.is_set():
            return self.record.enter("Stopped", "Stopped")
        self.record.enter("Training")
        stream = f"{self.record.name}/algo-1-{int(time.time())}"
        sink = Logs(roles.client("logs", request["RoleArn"], session), stream)
        limit = request["StoppingCondition"].get("MaxRuntimeInSeconds", 86400)
        self._deadline = time.monotonic() + limit  # real: nothing makes a training faster
        try:
            command = script.prepare(container, python, s3, sink.write)
            code, ended = self._train(Process(command, container), sink)
        finally:
            metrics = request["AlgorithmSpecification"].get("MetricDefinitions", [])
            self.record.extra["FinalMetricDataList"] = sink.metrics(metrics)
            sink.close()
        if ended == "Training" and code != 0:
            raise JobFailure(reason_of(container, sink, code))
        self._upload(container, s3, ended)

    def _train(self, process: Process, sink: Logs) -> tuple[int, str]:
        """The exit code, and what ended the training: itself, a stop, or its time."""
        process.start(sink.write)
        ended = "Training"
        while (code := process.wait(0.05)) is None:
            if ended != "Training":
                continue
            if self._stopping.is_set():
                ended = "Stopped"
            elif time.monotonic() > self._deadline:
                ended = "MaxRuntimeExceeded"
                self.record.enter("Stopping", "Stopping", "MaxRuntimeInSeconds is exceeded")
            if ended != "Training":
                process.end(max(2.0, clock.real_seconds(_STOP_SECONDS)))
        return code, ended

    def _upload(self, container: Container, s3: object, ended: str) -> None:
        if ended == "Training":
            self.record.enter("Uploading")
        target = self.record.request["OutputDataConfig"]
        base = f"{target['S3OutputPath'].rstrip('/')}/{self.record.name}/output"
        key = target.get("KmsKeyId")
        try:
            # A job that was stopped keeps what it had written by then, as on AWS.
            if ended == "Training" or any(container.model.iterdir()):
                uri = channels.upload(s3, container.model, f"{base}/model.tar.gz", key)
                self.record.extra["ModelArtifacts"] = {"S3ModelArtifacts": uri}
            if any(container.output_data.iterdir()):
                channels.upload(s3, container.output_data, f"{base}/output.tar.gz", key)
        except (ClientError, BotoCoreError) as error:
            raise JobFailure(f"ClientError: Artifact upload failed:{error}") from error
        done = "Completed" if ended == "Training" else "Stopped"
        secondary = "Completed" if ended == "Training" else ended
        self.record.enter(secondary, done)


def _interpreter(image: str, images: Mapping[str, Path]) -> Path:
    repository = image.rpartition("/")[2].partition("@")[0].partition(":")[0]
    for name, python in images.items():
        if name in repository or re.fullmatch(name, repository):
            return python
    known = ", ".join(images) or "none"
    raise JobFailure(
        f"ClientError: no interpreter stands for the image {image} in this local cloud "
        f"(expected one of: {known})"
    )
