"""The offline store: every record as a row of Parquet in S3, some time after it was put."""

from __future__ import annotations

import contextvars
import json
import logging
import secrets
import string
import tempfile
import threading
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
from botocore.exceptions import BotoCoreError, ClientError

from localcloud import clock, roles, tables
from localcloud.json_service import Document
from localcloud.sagemaker.features import catalog
from localcloud.sagemaker.sources import split

log = logging.getLogger(__name__)

_BUFFER_SECONDS = 60  # AWS promises 15 minutes
_DUCKDB = {"bigint": "BIGINT", "double": "DOUBLE", "string": "VARCHAR", "boolean": "BOOLEAN"}
_lock = threading.Lock()
_waiting: set[str] = set()


def check_bucket(group: Document) -> None:
    """The role must reach the bucket, which AWS asks for when the group is made."""
    bucket, _ = split(group["OfflineStoreConfig"]["S3StorageConfig"]["S3Uri"])
    _s3(group).get_bucket_acl(Bucket=bucket)


def add(group: Document, at: float, row: Document, deleted: bool) -> None:
    """Buffered, and written with what else comes until the buffer is flushed."""
    name = group["FeatureGroupName"]
    invoked = datetime.now(UTC).isoformat(sep=" ", timespec="milliseconds")
    own = {"api_invocation_time": invoked.removesuffix("+00:00"), "is_deleted": deleted}
    with _lock:
        _rows().setdefault(name, []).append((at, {**row, **own}))
        if name in _waiting:
            return
        _waiting.add(name)
    _flush_later(name)


def resume() -> None:
    """Rows that were buffered when the server ended wait once more."""
    for name in list(_rows()):
        _waiting.add(name)
        _flush_later(name)


def _flush_later(name: str) -> None:
    run = contextvars.copy_context().run
    threading.Thread(target=run, args=(_later, name), daemon=True).start()


def _later(name: str) -> None:
    clock.sleep(_BUFFER_SECONDS)
    group = tables.table("sagemaker.feature-groups").get(name)
    if group is not None:
        flush(group.request)  # as it is now: features may have been added


def flush(group: Document) -> None:
    """One file for each hour of event time."""
    name = group["FeatureGroupName"]
    with _lock:
        rows = _rows().pop(name, [])
        _waiting.discard(name)
    hours = defaultdict(list)
    for at, row in rows:
        hours[datetime.fromtimestamp(at, UTC).strftime("%Y/%m/%d/%H")].append((at, row))
    for hour, part in hours.items():
        try:
            _write(group, hour.split("/"), part)
        except (ClientError, BotoCoreError, duckdb.Error) as error:
            log.warning("offline store of %s: %s", name, error)
            _tell(name, {"Status": "Blocked", "BlockedReason": str(error)[:1024]})
        else:
            _tell(name, {"Status": "Active"})


def _write(group: Document, values: list[str], rows: list[tuple[float, Document]]) -> None:
    config = group["OfflineStoreConfig"]["S3StorageConfig"]
    names = ("year", "month", "day", "hour")
    folder = "/".join(f"{name}={value}" for name, value in zip(names, values, strict=True))
    latest = datetime.fromtimestamp(max(at for at, _ in rows), UTC).strftime("%Y%m%dT%H%M%SZ")
    mark = "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(16))
    location = f"{config['ResolvedOutputS3Uri']}/{folder}"
    bucket, key = split(f"{location}/{latest}_{mark}.parquet")
    kms = config.get("KmsKeyId")
    words = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": kms} if kms else {}
    body = _parquet([row for _, row in rows], catalog.columns(group))
    _s3(group).put_object(Bucket=bucket, Key=key, Body=body, **words)
    catalog.add_partition(group, values, location)


def _parquet(rows: list[Document], columns: dict[str, str]) -> bytes:
    now = datetime.now(UTC).isoformat(sep=" ", timespec="milliseconds").removesuffix("+00:00")
    kinds = ", ".join(f"{_quoted(name)}: {_quoted(_kind(t))}" for name, t in columns.items())
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as database:
        source, target = Path(folder, "rows.json"), Path(folder, "rows.parquet")
        source.write_text("\n".join(json.dumps({**row, "write_time": now}) for row in rows))
        read = f"read_json({_quoted(source)}, format='newline_delimited', columns={{{kinds}}})"
        query = f"COPY (SELECT * FROM {read}) TO {_quoted(target)} (FORMAT PARQUET)"
        database.execute(query)
        return target.read_bytes()


def _kind(glue: str) -> str:
    if glue.startswith("array<"):
        return _kind(glue[6:-1]) + "[]"
    return _DUCKDB.get(glue, glue.upper())


def _quoted(text: object) -> str:
    return "'" + str(text).replace("'", "''") + "'"


def _tell(name: str, status: Document) -> None:
    group = tables.table("sagemaker.feature-groups").get(name)
    if group is not None:
        group.extra["OfflineStoreStatus"] = status


def _rows() -> dict[str, list[tuple[float, Document]]]:
    return tables.table("sagemaker.feature-buffer")


def _s3(group: Document) -> Any:
    return roles.client("s3", group["RoleArn"], "SageMakerFeatureStore")
