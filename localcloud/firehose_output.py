"""Firehose's objects: parted by their records' own values, compressed, or told as an error.

MiniStack asks one document for the partition keys of many joined records, and compresses nothing.
Upstream: keys as an argument of `firehose._deliver_to_s3`, its `CompressionFormat`.
"""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from ministack.core.responses import error_response_json
from ministack.services import firehose

Record = tuple[str, bytes]
Keys = dict[str, str]


@dataclass
class Part:
    """Records that go into one object; with `error`, one record that goes to the error prefix."""

    query: Keys | None = None
    given: Keys | None = None  # by a transforming function
    error: Exception | None = None
    records: list[Record] = field(default_factory=list)


_part: ContextVar[Part | None] = ContextVar("localcloud_firehose_part", default=None)


def parts_of(config: dict[str, Any], records: list[Record], given: dict[str, Keys]) -> list[Part]:
    parts: dict[str, Part] = {}
    for record in records:
        part = _part_of(config, record, given.get(record[0]))
        name = record[0] if part.error else json.dumps([part.query, part.given], sort_keys=True)
        parts.setdefault(name, part).records.append(record)
    return list(parts.values())


def _part_of(config: dict[str, Any], record: Record, given: Keys | None) -> Part:
    if not (config.get("DynamicPartitioningConfiguration") or {}).get("Enabled"):
        return Part()
    try:
        return Part(firehose._metadata_extraction_keys(config, record[1]), given)
    except firehose._DeliveryError as error:
        return Part(error=error)


def write(stream: dict[str, Any], destination: dict[str, Any], data: bytes, part: Part) -> None:
    config = destination["config"]
    form = config.get("CompressionFormat", "UNCOMPRESSED")
    converted = (config.get("DataFormatConversionConfiguration") or {}).get("Enabled")
    if form != "UNCOMPRESSED" and not converted:
        extension, compress = _COMPRESSIONS[form]
        data = compress(data)
        config = {**config, "FileExtension": config.get("FileExtension") or extension}
    _deliver(stream, {**destination, "config": config}, data, part)


def fail(
    stream: dict[str, Any], destination: dict[str, Any], data: bytes, error: Exception
) -> None:
    """MiniStack writes the error's document when it asks for the record's partition keys."""
    asking = {**destination["config"], "DynamicPartitioningConfiguration": {"Enabled": True}}
    _deliver(stream, {**destination, "config": asking}, data, Part(error=error))


def _deliver(stream: dict[str, Any], destination: dict[str, Any], data: bytes, part: Part) -> None:
    token = _part.set(part)
    try:
        firehose._deliver_to_s3(stream, destination, data, part.given)
    finally:
        _part.reset(token)


def _zipped(data: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data", data)
    return buffer.getvalue()


_COMPRESSIONS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "GZIP": (".gz", gzip.compress),
    "ZIP": (".zip", _zipped),
}


def _formats(request: dict[str, Any]) -> Iterator[str]:
    for name, settings in request.items():
        if name.endswith("S3DestinationConfiguration"):
            yield settings.get("CompressionFormat") or "UNCOMPRESSED"


def install() -> None:
    extract, create = firehose._metadata_extraction_keys, firehose._create_delivery_stream

    def known(config: dict[str, Any], data: bytes) -> Any:
        if (part := _part.get()) is None:
            return extract(config, data)
        if part.error is not None:
            raise part.error
        return part.query

    def created(request: dict[str, Any]) -> Any:
        for form in _formats(request):
            if form != "UNCOMPRESSED" and form not in _COMPRESSIONS:
                text = f"The local cloud does not do CompressionFormat {form} of delivery streams"
                return error_response_json("InvalidArgumentException", text, 400)
        return create(request)

    firehose._metadata_extraction_keys = known
    firehose._create_delivery_stream = firehose._HANDLERS["CreateDeliveryStream"] = created
