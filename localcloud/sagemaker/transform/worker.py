"""One instance of a transform job: sends the requests of its share of the objects."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from localcloud import clock
from localcloud.json_service import Document
from localcloud.sagemaker import sources
from localcloud.sagemaker.hosting.instance import Instance, NoAnswer
from localcloud.sagemaker.transform.payloads import BadData, Plan

_PAUSE_SECONDS = 1.0  # between two tries of a request


class Cancelled(Exception):
    """The job is to stop."""


class Worker:
    """`told` gets the lines of the job's data log."""

    def __init__(
        self,
        request: Document,
        instance: Instance,
        s3: Any,
        told: Callable[[str], None],
        cancelled: threading.Event,
    ) -> None:
        self._request, self._instance, self._s3, self._told = request, instance, s3, told
        self._cancelled = cancelled
        self._plan = Plan.of(request)
        self._parallel = request.get("MaxConcurrentTransforms") or 1
        client = request.get("ModelClientConfig", {})
        self._seconds = client.get("InvocationsTimeoutInSeconds", 600)
        self._tries = 1 + client.get("InvocationsMaxRetries", 3)

    def run(self, found: sources.Found) -> list[str]:
        """What went wrong, object by object; the others are stored all the same, as on AWS."""
        # Objects wait for their requests: two pools, or they would wait for each other's threads.
        with (
            ThreadPoolExecutor(self._parallel) as objects,
            ThreadPoolExecutor(self._parallel) as requests,
        ):
            begun = [objects.submit(self._object, requests, *one) for one in found]
            return [text for one in begun if (text := one.result())]

    def _object(self, pool: ThreadPoolExecutor, bucket: str, key: str, path: str) -> str | None:
        try:
            data = self._read(bucket, key)
            batches = list(self._plan.batches(data))
            answers: list[Future[bytes]] = [pool.submit(self._ask, one) for one in batches]
            self._write(path, b"".join(one.result() for one in answers))
        except Cancelled:
            return None
        except BadData as bad:
            self._told(f"{bucket}/{key}: {bad}")
            return str(bad)
        except (ClientError, BotoCoreError) as error:
            self._told(f"{bucket}/{key}: {error}")
            return f"ClientError: {error}"
        return None

    def _read(self, bucket: str, key: str) -> bytes:
        data: bytes = self._s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        if self._request["TransformInput"].get("CompressionType", "None") != "Gzip":
            return data
        try:
            return gzip.decompress(data)
        except (OSError, EOFError) as error:
            raise BadData(f"ClientError: the object is no gzip archive: {error}") from error

    def _ask(self, records: list[bytes]) -> bytes:
        plan = self._plan
        headers = {"Content-Type": plan.content_type} if plan.content_type else {}
        headers |= {"Accept": plan.accept} if plan.accept else {}
        body, why = plan.body(records), ""
        for _ in range(self._tries):
            if self._cancelled.is_set():
                raise Cancelled
            try:
                answer = self._instance.invoke(body, headers, self._seconds)
            except NoAnswer as lost:
                why = f"AlgorithmError: {lost}"
            else:
                if 200 <= answer.status < 300:
                    return plan.result(records, answer.body)
                text = answer.body[:500].decode(errors="replace")
                if answer.status < 500:  # the same request would be as wrong again
                    raise BadData(f"ClientError: {answer.status} {text}")
                why = f"AlgorithmError: {answer.status} {text}"
            clock.sleep(_PAUSE_SECONDS, self._cancelled)
        raise BadData(why)

    def _write(self, path: str, content: bytes) -> None:
        output = self._request["TransformOutput"]
        bucket, prefix = sources.split(output["S3OutputPath"])
        place = f"{prefix.rstrip('/')}/{path}.out".lstrip("/")
        key = output.get("KmsKeyId")
        secret = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key} if key else {}
        self._s3.put_object(Bucket=bucket, Key=place, Body=content, **secret)
