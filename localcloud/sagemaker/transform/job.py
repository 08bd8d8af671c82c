"""One transform job: its model on its instances, and the objects shared out among them."""

from __future__ import annotations

import logging
import secrets
import shutil
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from localcloud import roles
from localcloud.json_service import Document
from localcloud.sagemaker import sources
from localcloud.sagemaker.failure import JobFailure
from localcloud.sagemaker.hosting import models
from localcloud.sagemaker.hosting.facts import HostingFailure
from localcloud.sagemaker.hosting.instance import Instance
from localcloud.sagemaker.logs import Logs
from localcloud.sagemaker.transform.record import Record
from localcloud.sagemaker.transform.worker import Worker

log = logging.getLogger(__name__)

GROUP = "/aws/sagemaker/TransformJobs"


class Job:
    def __init__(self, record: Record, root: Path, images: Mapping[str, Path]) -> None:
        self.record, self._root, self._images = record, root, images
        self._stopping = threading.Event()
        self._instances: list[Instance] = []
        # Kept from now on: a model may be deleted while it works.
        self._model = models.facts(record.request["ModelName"])
        session = f"SageMaker-{record.name}"
        self._s3 = roles.client("s3", self._model.role, session)
        self._logs = roles.client("logs", self._model.role, session)

    def stop(self) -> None:
        self._stopping.set()
        self.record.enter("Stopping")
        for one in list(self._instances):  # a request that is being answered may take an hour
            threading.Thread(target=one.stop, daemon=True).start()

    def run(self) -> None:
        try:
            wrong = self._transform()
            if self._stopping.is_set():
                self.record.enter("Stopped")
            elif wrong:
                self.record.fail(_reason(wrong))
            else:
                self.record.enter("Completed")
        except (JobFailure, HostingFailure) as failure:
            if self._stopping.is_set():
                self.record.enter("Stopped")
            else:
                self.record.fail(str(failure))
        except Exception as error:
            log.exception("transform job %s", self.record.name)
            self.record.fail(f"InternalServerError: {error!r}")
        finally:
            shutil.rmtree(self._root, ignore_errors=True)

    def _transform(self) -> list[str]:
        found = self._objects()
        # More instances than objects would have nothing to do.
        count = min(self.record.request["TransformResources"]["InstanceCount"], len(found))
        with ThreadPoolExecutor(count) as pool:
            shares = [found[number::count] for number in range(count)]
            begun = [pool.submit(self._share, number, one) for number, one in enumerate(shares)]
            return [text for one in begun for text in one.result()]

    def _objects(self) -> sources.Found:
        source = self.record.request["TransformInput"]["DataSource"]["S3DataSource"]
        try:
            found = sources.objects(self._s3, source)
        except (ClientError, BotoCoreError, ValueError) as error:
            raise JobFailure(f"ClientError: {source['S3Uri']} cannot be read: {error}") from error
        if not found:
            raise JobFailure(f"ClientError: no objects are found under {source['S3Uri']}")
        return found

    def _share(self, number: int, found: sources.Found) -> list[str]:
        host = f"i-{secrets.token_hex(9)[:17]}"
        data_log = Logs(self._logs, f"{self.record.name}/{host}/data-log", GROUP)
        instance = Instance(
            self._model,
            self._root / str(number),
            self._images,
            lambda container: Logs(self._logs, self._stream(host, container), GROUP),
            self._environment(),
            "the transform job",
        )
        self._instances.append(instance)
        worker = Worker(self.record.request, instance, self._s3, data_log.write, self._stopping)
        try:
            instance.start(self._stopping)
            if number == 0:
                self.record.start()
            return worker.run(found)
        finally:
            instance.stop()
            data_log.close()

    def _stream(self, host: str, container: str) -> str:
        if len(self._model.containers) == 1:
            return f"{self.record.name}/{host}"
        return f"{self.record.name}/{container}-{host}"

    def _environment(self) -> dict[str, str]:
        """What SageMaker tells a container of the batch that it serves."""
        request: Document = self.record.request
        own: dict[str, Any] = {
            "SAGEMAKER_BATCH": "true",
            "SAGEMAKER_BATCH_STRATEGY": request.get("BatchStrategy", "MultiRecord"),
            "SAGEMAKER_MAX_CONCURRENT_TRANSFORMS": request.get("MaxConcurrentTransforms") or 1,
            "SAGEMAKER_MAX_PAYLOAD_IN_MB": request.get("MaxPayloadInMB", 6),
        }
        return {**{key: str(value) for key, value in own.items()}, **request.get("Environment", {})}


def _reason(wrong: list[str]) -> str:
    """AWS names the kind of error and sends the reader to the log."""
    kind = wrong[0].partition(":")[0]
    return f"{kind}: See job logs for more information"
