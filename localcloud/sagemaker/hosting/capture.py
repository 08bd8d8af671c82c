"""Data capture: a share of requests and answers as JSON Lines in S3, in AWS's format and places."""

from __future__ import annotations

import base64
import json
import logging
import random
import threading
import time
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from localcloud import clock, roles
from localcloud.json_service import Document
from localcloud.sagemaker import sources

_log = logging.getLogger(__name__)

_BUFFER_SECONDS = 60.0  # AWS promises no time; the clock shrinks this one
_BUFFER_RECORDS = 500
_SIDES = {"endpointInput": "Input", "endpointOutput": "Output"}


class Capture:
    def __init__(self, endpoint: str, role: str, config: Document | None) -> None:
        self._endpoint, self._role = endpoint, role
        self._config = config if config and config.get("EnableCapture", True) else None
        self._lock = threading.Lock()
        self._buffers: dict[tuple[str, str], list[str]] = {}
        self._since: dict[tuple[str, str], float] = {}

    def sampled(self) -> bool:
        config = self._config
        return config is not None and random.random() * 100 < config["InitialSamplingPercentage"]

    def keep(
        self,
        variant: str,
        request: tuple[str, bytes],
        answer: tuple[str, bytes],
        said: Mapping[str, str],
    ) -> None:
        """`request` and `answer` are a content type and a body; `said` the request's headers."""
        assert self._config is not None
        at = datetime.now(UTC)
        modes = [option["CaptureMode"] for option in self._config["CaptureOptions"]]
        sides = {"endpointInput": request, "endpointOutput": answer}
        record: dict[str, Any] = {
            "captureData": {
                side: self._side(content_type, body, _SIDES[side].upper())
                for side, (content_type, body) in sides.items()
                if {_SIDES[side], "InputAndOutput"} & set(modes)
            },
            "eventMetadata": _metadata(at, said),
            "eventVersion": "0",
        }
        key = (variant, at.strftime("%Y/%m/%d/%H"))
        with self._lock:
            self._buffers.setdefault(key, []).append(json.dumps(record))
            self._since.setdefault(key, time.time())

    def flush(self, everything: bool = False) -> None:
        with self._lock:
            due = [
                key
                for key, lines in self._buffers.items()
                if everything
                or len(lines) >= _BUFFER_RECORDS
                or clock.age(self._since[key]) >= _BUFFER_SECONDS
            ]
            taken = {key: self._buffers.pop(key) for key in due}
            began = {key: self._since.pop(key) for key in due}
        for (variant, hour), lines in taken.items():
            self._put(variant, hour, began[(variant, hour)], lines)

    def close(self) -> None:
        self.flush(everything=True)

    def _put(self, variant: str, hour: str, began: float, lines: list[str]) -> None:
        assert self._config is not None
        bucket, prefix = sources.split(self._config["DestinationS3Uri"])
        at = datetime.fromtimestamp(began, UTC)
        name = f"{at:%M-%S}-{at.microsecond // 1000:03d}-{uuid.uuid4()}.jsonl"
        words = [part for part in (prefix.strip("/"), self._endpoint, variant, hour, name) if part]
        key = self._config.get("KmsKeyId")
        more = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key} if key else {}
        s3 = roles.client("s3", self._role, f"SageMaker-{self._endpoint}")
        try:
            body = "\n".join(lines).encode() + b"\n"
            s3.put_object(Bucket=bucket, Key="/".join(words), Body=body, **more)
        except (ClientError, BotoCoreError) as error:
            # As on AWS, what cannot be captured is lost, and the endpoint answers on.
            _log.warning("%s: %d captured records were lost: %s", self._endpoint, len(lines), error)

    def _side(self, content_type: str, body: bytes, mode: str) -> Document:
        encoding = self._encoding(content_type)
        try:
            data = base64.b64encode(body).decode() if encoding == "BASE64" else body.decode()
        except UnicodeDecodeError:
            encoding, data = "BASE64", base64.b64encode(body).decode()
        return {
            "observedContentType": content_type,
            "mode": mode,
            "data": data,
            "encoding": encoding,
        }

    def _encoding(self, content_type: str) -> str:
        assert self._config is not None
        named = self._config.get("CaptureContentTypeHeader", {})
        kind = content_type.partition(";")[0].strip()
        if kind in named.get("JsonContentTypes", []):
            return "JSON"
        return "CSV" if kind in named.get("CsvContentTypes", []) else "BASE64"


def _metadata(at: datetime, said: Mapping[str, str]) -> Document:
    found: Document = {
        "eventId": str(uuid.uuid4()),
        "inferenceTime": at.isoformat(timespec="seconds").replace("+00:00", "Z"),
    }
    if identifier := said.get("x-amzn-sagemaker-inference-id"):
        found["inferenceId"] = identifier
    if attributes := said.get("x-amzn-sagemaker-custom-attributes"):
        found["customAttributes"] = [attributes]
    return found
