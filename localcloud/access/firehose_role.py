"""Firehose acts as its stream's role: into S3 and the key behind it, for a schema, for a processor.

What S3 refuses is tried again for a day and said in the stream's error log. Upstream: MiniStack's
`firehose._put_s3_object`, `_convert_to_parquet` and `_apply_lambda_processors` act with no role.
"""

from __future__ import annotations

import logging
import threading
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from ministack.services import firehose

from localcloud import clock, roles, tables
from localcloud.access import firehose_bucket, firehose_errors, judge
from localcloud.iam import arn

_log = logging.getLogger("localcloud.access")
_TRIED_FOR = 86_400.0  # AWS seconds: then the data are lost, as on AWS
_BETWEEN = 60.0
_PRINCIPAL = "firehose.amazonaws.com"

# The stream and the destination's configuration that is being delivered.
_current: ContextVar[tuple[dict[str, Any], dict[str, Any]]] = ContextVar("localcloud_destination")


@dataclass
class Pending:
    stream: dict[str, Any]
    config: dict[str, Any]
    bucket: str
    key: str
    body: bytes
    until: clock.Deadline
    again: clock.Deadline


_lock = threading.Lock()


def _put(bucket: str, key: str, body: bytes) -> None:
    stream, config = _current.get()
    until, again = clock.after(_TRIED_FOR), clock.after(_BETWEEN)
    _try(Pending(stream, config, bucket, key, body, until, again))


def _try(pending: Pending) -> None:
    role, session = pending.config.get("RoleARN", ""), pending.stream["name"][:64]
    try:
        if not roles.trusts(role, _PRINCIPAL) or firehose_bucket.denial(
            role, pending.bucket, pending.key, session, _key(pending.config)
        ):
            firehose_errors.report(pending.stream, pending.config, "S3.AccessDenied")
        else:
            client = roles.client("s3", role, session)
            client.put_object(Bucket=pending.bucket, Key=pending.key, Body=pending.body)
            return
    except (ClientError, BotoCoreError) as error:
        _log.warning("Firehose %s could not deliver: %s", pending.stream["name"], error)
        firehose_errors.report(pending.stream, pending.config, firehose_errors.of_s3(error))
    if pending.until.passed():
        _log.error("Firehose %s: %s is lost", pending.stream["name"], pending.key)
        return
    pending.again = clock.after(_BETWEEN)
    with _lock:
        _pending().append(pending)


def _pending() -> list[Pending]:
    found: list[Pending] = tables.table("firehose.pending").setdefault("parts", [])
    return found


def _key(config: dict[str, Any]) -> str | None:
    found = (config.get("EncryptionConfiguration") or {}).get("KMSEncryptionConfig") or {}
    key: str | None = found.get("AWSKMSKeyARN")
    return key


def retry_due() -> None:
    with _lock:
        due = [pending for pending in _pending() if pending.again.passed()]
        _pending()[:] = [pending for pending in _pending() if pending not in due]
    for pending in due:
        _try(pending)


def _check_schema(conversion: dict[str, Any]) -> None:
    schema = conversion.get("SchemaConfiguration") or {}
    database, table = schema.get("DatabaseName"), schema.get("TableName")
    for action in ("GetTable", "GetTableVersion", "GetTableVersions"):
        for resource in ("catalog", f"database/{database}", f"table/{database}/{table}"):
            role = schema.get("RoleARN", "")
            if text := judge.as_role(role, f"glue:{action}", arn("glue", resource)):
                code = "DataFormatConversion.AccessDenied"
                raise firehose._DeliveryError("format-conversion-failed", text, code)


def _refused_processor(destination: dict[str, Any]) -> str | None:
    config = destination["config"]
    processing = config.get("ProcessingConfiguration") or {}
    for processor in (processing.get("Processors") or []) if processing.get("Enabled") else []:
        words = {p["ParameterName"]: p["ParameterValue"] for p in processor.get("Parameters") or []}
        if processor.get("Type") == "Lambda" and "LambdaArn" in words:
            role = words.get("RoleArn") or config.get("RoleARN", "")
            if text := judge.as_role(role, "lambda:InvokeFunction", words["LambdaArn"]):
                return text
    return None


def install() -> None:
    deliver, convert = firehose._deliver_to_s3, firehose._convert_to_parquet
    transform = firehose._apply_lambda_processors

    def as_role(stream: dict[str, Any], destination: dict[str, Any], *rest: Any) -> None:
        token = _current.set((stream, destination["config"]))
        try:
            deliver(stream, destination, *rest)
        finally:
            _current.reset(token)

    def converted(conversion: dict[str, Any], data: bytes) -> Any:
        _check_schema(conversion)
        return convert(conversion, data)

    def transformed(
        stream: dict[str, Any], destination: dict[str, Any], *rest: Any, **named: Any
    ) -> Any:
        """Records that the processor may not see end under the error prefix, not in the lake."""
        text = _refused_processor(destination)
        if text is None:
            return transform(stream, destination, *rest, **named)
        for _, data in rest[0]:
            _put_failed(stream, destination["config"], data, text)
        return []

    firehose._put_s3_object = _put
    firehose._deliver_to_s3 = as_role
    firehose._convert_to_parquet = converted
    firehose._apply_lambda_processors = transformed


def _put_failed(stream: dict[str, Any], config: dict[str, Any], data: bytes, text: str) -> None:
    token = _current.set((stream, config))
    try:
        key, body = firehose_errors.failed_record(stream, config, data, text)
        _put(firehose._s3_bucket_from_arn(config.get("BucketARN", "")), key, body)
    finally:
        _current.reset(token)
