"""The course of one file: read, judge, keep what is good, report what is not."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from functions.ingest.dataset import Part
from functions.ingest.errors import EmptyDataset
from functions.ingest.validate import Verdict, to_parquet, validate
from functions.shared.s3 import to_json
from functions.shared.usecase import Deployed
from penstock import layout
from penstock.errors import PenstockError


class Lake(Protocol):
    """What the service asks of `functions.ingest.store.Store`."""

    @property
    def bucket(self) -> str: ...
    def source(self, key: str, version_id: str) -> bytes: ...
    def write(self, key: str, body: bytes) -> None: ...
    def add(self, part: Part, created: str) -> bool: ...


@dataclass(frozen=True)
class Source:
    """One version of one object in raw/."""

    key: str
    version_id: str
    sha256: str = ""

    @classmethod
    def of(cls, event: Mapping[str, Any]) -> "Source":
        item = event["detail"]["object"]
        return cls(item["key"], item.get("version-id", ""))

    @property
    def is_folder(self) -> bool:
        """The console's empty "folder" objects are no files."""
        return self.key.endswith("/")


@dataclass(frozen=True)
class Outcome:
    """`refusal` is to be raised once the metrics are out; `new`: a dataset version was made."""

    report: dict[str, Any]
    new: bool = False
    refusal: PenstockError | None = None


def ingest(source: Source, usecase: Deployed, lake: Lake, created: str) -> Outcome:
    """Judge the file. A report is left whatever happens; the raw file is never touched."""
    data = lake.source(source.key, source.version_id)
    source = replace(source, sha256=hashlib.sha256(data).hexdigest())
    where = layout.uri(lake.bucket, source.key)
    try:
        verdict = validate(data, usecase.contract, usecase.event_time, where=where)
    except PenstockError as error:
        return _close(source, usecase, lake, refusal=error)
    if verdict.rejected.height:
        rejected = layout.rejected_key(usecase.name, source.sha256)
        lake.write(rejected, verdict.rejected.write_csv().encode())
    if not verdict.accepted.height:
        refusal = EmptyDataset(
            f"all {verdict.rows_read} rows were rejected",
            where=where,
            expected="at least one row that keeps the contract; the rejected rows say why",
        )
        return _close(source, usecase, lake, verdict, refusal=refusal)
    body = to_parquet(verdict.accepted)
    part = Part(
        key=layout.part_key(usecase.name, source.sha256),
        rows=verdict.accepted.height,
        sha256=hashlib.sha256(body).hexdigest(),
        source_key=source.key,
        source_version_id=source.version_id,
    )
    lake.write(part.key, body)
    outcome = _close(source, usecase, lake, verdict)
    return replace(outcome, new=lake.add(part, created))


def _close(
    source: Source,
    usecase: Deployed,
    lake: Lake,
    verdict: Verdict | None = None,
    *,
    refusal: PenstockError | None = None,
) -> Outcome:
    report: dict[str, Any] = {
        "usecase": usecase.name,
        "source_key": source.key,
        "source_version_id": source.version_id,
        "source_sha256": source.sha256,
        "rows_read": verdict.rows_read if verdict else 0,
        "rows_accepted": verdict.accepted.height if verdict else 0,
        "rows_rejected": verdict.rejected.height if verdict else 0,
        "reasons": verdict.reasons if verdict else {},
        "refused": str(refusal) if refusal else None,
    }
    lake.write(layout.ingest_report_key(usecase.name, source.sha256), to_json(report))
    return Outcome(report, refusal=refusal)
