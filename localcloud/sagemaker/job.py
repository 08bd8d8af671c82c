"""One training job, from its channels to its artifact, in a thread of its own."""

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
from localcloud.sagemaker import channels, cluster, script
from localcloud.sagemaker.cluster import InternalFailure
from localcloud.sagemaker.failure import JobFailure, reason_of
from localcloud.sagemaker.image import pulled
from localcloud.sagemaker.instances import Instances
from localcloud.sagemaker.mirror import Mirror
from localcloud.sagemaker.record import Record
from localcloud.sagemaker.usage import Usage, put_found

log = logging.getLogger(__name__)

_STOP_SECONDS = 120  # what AWS gives a container between SIGTERM and SIGKILL
_CAPACITY_SECONDS = 60  # until Spot has new instances; AWS promises no time


class Job:
    def __init__(self, record: Record, root: Path, images: Mapping[str, Path]) -> None:
        self.record, self._root, self._images = record, root, images
        self._stopping, self._interrupted = threading.Event(), threading.Event()
        self._trained = 0.0  # seconds in earlier attempts: MaxRuntime counts them all
        retry = record.request.get("RetryStrategy", {})
        self._retries = retry.get("MaximumRetryAttempts", 0)
        conditions = record.request["StoppingCondition"]
        self._most = conditions.get("MaxRuntimeInSeconds", 86400)
        self._wait_until = time.monotonic() + conditions.get("MaxWaitTimeInSeconds", float("inf"))

    def stop(self) -> None:
        self._stopping.set()
        self.record.enter("Stopping", "Stopping")

    def interrupt(self) -> None:
        """Spot takes the instances back: what two minutes do not save in checkpoints is lost."""
        self._interrupted.set()

    def run(self) -> None:
        try:
            while not self._attempted():
                pass
        except JobFailure as failure:
            self.record.fail(str(failure))
        except InternalFailure as failure:
            self.record.fail(f"InternalServerError: {failure}")
        except Exception as error:
            log.exception("training job %s", self.record.name)
            self.record.fail(f"InternalServerError: {error!r}")
        finally:
            for data in self._root.glob("*/opt/ml/input/data"):
                shutil.rmtree(data, ignore_errors=True)

    def _attempted(self) -> bool:
        """True when the job is over, False when it is to start again."""
        try:
            ended = self._attempt()
        except InternalFailure:
            if self._retries < 1 or self._stopping.is_set():
                raise
            self._retries -= 1
            self.record.enter("Restarting")
            return False
        if ended != "Interrupted":
            return True
        self._interrupted.clear()
        self.record.enter("Interrupted")
        clock.sleep(_CAPACITY_SECONDS, self._stopping)
        if why := self._over():
            self._finish(why)
            return True
        self.record.enter("Starting")
        return False

    def _attempt(self) -> str:
        """Why it ended; the job is finished then, but for an interruption."""
        request = self.record.request
        role, session = request["RoleArn"], f"SageMaker-{self.record.name}"
        python = pulled(request["AlgorithmSpecification"]["TrainingImage"], self._images, role)
        s3, logs, metrics = (
            roles.client(service, role, session) for service in ("s3", "logs", "cloudwatch")
        )
        instances = Instances(self._root, request, self.record.arn)
        self.record.enter("Downloading")
        instances.lay_out(s3)
        kept = self._checkpoints(instances, s3)
        if why := self._over():
            self._finish(why)
            return why
        self.record.enter("Training")
        since = time.monotonic()
        try:
            members = instances.members(python, s3, logs, script.prepare)
            for one in kept:
                one.start()
            with Usage(metrics, self.record.name, members):
                ending = cluster.run(
                    members, lambda: self._over(since), max(2.0, clock.real_seconds(_STOP_SECONDS))
                )
        finally:
            self._trained += time.monotonic() - since
            self.record.extra["FinalMetricDataList"] = found = instances.metrics()
            put_found(metrics, self.record.name, found)
            instances.close()
            for one in kept:
                one.close()
        if ending.failed is not None:
            failed = ending.failed
            raise JobFailure(reason_of(failed.disk, failed.logs, failed.code or 0))
        if ending.why != "Interrupted":
            self._upload(instances, s3, ending.why)
            self._finish(ending.why)
        return ending.why

    def _over(self, since: float | None = None) -> str | None:
        """Why the job, or this attempt, is to end now: asked for, out of time, or interrupted."""
        now = time.monotonic()
        if self._stopping.is_set():
            return "Stopped"
        if since is not None and self._trained + now - since > self._most:
            self.record.enter("Stopping", "Stopping", "MaxRuntimeInSeconds is exceeded")
            return "MaxRuntimeExceeded"
        if now > self._wait_until:
            self.record.enter("Stopping", "Stopping", "MaxWaitTimeInSeconds is exceeded")
            return "MaxWaitTimeExceeded"
        return "Interrupted" if since is not None and self._interrupted.is_set() else None

    def _finish(self, why: str) -> None:
        self.record.enter(why, "Completed" if why == "Completed" else "Stopped")

    def _checkpoints(self, instances: Instances, s3: Any) -> list[Mirror]:
        config = self.record.request.get("CheckpointConfig")
        if not config:
            return []
        found = [
            Mirror(s3, container.checkpoints, config["S3Uri"], "Checkpoint")
            for container in instances.containers
        ]
        for one in found:
            one.restore()
        return found

    def _upload(self, instances: Instances, s3: Any, why: str) -> None:
        if why == "Completed":
            self.record.enter("Uploading")
        target = self.record.request["OutputDataConfig"]
        base = f"{target['S3OutputPath'].rstrip('/')}/{self.record.name}/output"
        key = target.get("KmsKeyId")
        plain = target.get("CompressionType") == "NONE"
        send, ending = (channels.upload_files, "/") if plain else (channels.upload, ".tar.gz")
        models = [container.model for container in instances.containers]
        data = [container.output_data for container in instances.containers]
        try:
            # A job that was stopped keeps what it had written by then, as on AWS.
            if why == "Completed" or channels.merged(models):
                uri = send(s3, models, f"{base}/model{ending}", key)
                self.record.extra["ModelArtifacts"] = {"S3ModelArtifacts": uri}
            if channels.merged(data):
                send(s3, data, f"{base}/output{ending}", key)
        except (ClientError, BotoCoreError) as error:
            raise JobFailure(f"ClientError: Artifact upload failed:{error}") from error
