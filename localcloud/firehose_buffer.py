"""Firehose buffers records by the stream's hints and delivers each buffer as one object.

MiniStack writes an object a record and knows no processor but Lambda. Here `Decompression` and
`CloudWatchLogProcessing` are done too; what cannot be converted goes to the error prefix alone.
Upstream: `firehose._deliver_records_to_s3`.
"""

from __future__ import annotations

import gzip
import json
import logging
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from ministack.core.responses import (
    get_account_id,
    get_region,
    set_request_account_id,
    set_request_region,
)
from ministack.services import firehose

from localcloud import clock, firehose_output, firehose_transform
from localcloud.access import firehose_role
from localcloud.firehose_output import parts_of
from localcloud.tables import table

_log = logging.getLogger("localcloud.firehose")
_TICK_SECONDS = 0.1

Record = tuple[str, bytes]


@dataclass
class Buffer:
    stream: dict[str, Any]
    destination: dict[str, Any]
    account: str
    region: str
    since: float = field(default_factory=time.time)
    records: list[Record] = field(default_factory=list)
    size: int = 0

    def due(self) -> bool:
        config = self.destination["config"]
        hints = config.get("BufferingHints") or {}
        seconds = hints.get("IntervalInSeconds", 300)
        full = self.size >= hints.get("SizeInMBs", 5) * 2**20
        return bool(full) or clock.age(self.since) >= seconds


_buffers: dict[str, Buffer] = table("firehose.buffers")
_lock = threading.Lock()


def add(stream: dict[str, Any], destination: dict[str, Any], records: list[Record]) -> None:
    """Called by MiniStack, under its lock, for each record put."""
    with _lock:
        key = f"{stream['arn']}/{destination['id']}"
        buffer = _buffers.get(key)
        if buffer is None or buffer.destination is not destination:
            buffer = Buffer(stream, destination, get_account_id(), get_region())
            _buffers[key] = buffer
        buffer.records += records
        buffer.size += sum(len(data) for _, data in records)


def flush_due() -> None:
    with _lock:
        due = [key for key, buffer in _buffers.items() if buffer.due()]
        taken = [_buffers.pop(key) for key in due]
    for buffer in taken:
        try:
            set_request_account_id(buffer.account)
            set_request_region(buffer.region)
            _deliver(buffer)
        except Exception:
            _log.exception("the delivery of %s failed", buffer.stream.get("name"))


def _deliver(buffer: Buffer) -> None:
    """Processors first, then one object for all records of the same partition keys."""
    stream, destination = buffer.stream, buffer.destination
    records = process(destination["config"], buffer.records)
    keys: dict[str, dict[str, str]] = {}
    done = firehose._apply_lambda_processors(stream, destination, records, partition_sink=keys)
    for part in parts_of(destination["config"], done, keys):
        if part.error is not None:
            firehose_output.fail(stream, destination, part.records[0][1], part.error)
            continue
        good, bad = _convertible(destination["config"], part.records)
        for batch in ([good] if good else []) + [[record] for record in bad]:
            joined = b"".join(data for _, data in batch)
            firehose_output.write(stream, destination, joined, part)


def process(config: dict[str, Any], records: list[Record]) -> list[Record]:
    processing = config.get("ProcessingConfiguration") or {}
    if not processing.get("Enabled"):
        return records
    for processor in processing.get("Processors") or []:
        parameters = {
            p["ParameterName"]: p["ParameterValue"] for p in processor.get("Parameters") or []
        }
        if processor.get("Type") == "Decompression":
            records = [(identifier, _decompressed(data)) for identifier, data in records]
        elif processor.get("Type") == "CloudWatchLogProcessing":
            if parameters.get("DataMessageExtraction", "").lower() == "true":
                records = [part for record in records for part in _messages(*record)]
        elif processor.get("Type") == "AppendDelimiterToRecord":
            end = parameters.get("Delimiter", "\\n").encode().decode("unicode_escape").encode()
            records = [(identifier, data + end) for identifier, data in records]
    return records


def _decompressed(data: bytes) -> bytes:
    return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


def _messages(identifier: str, data: bytes) -> list[Record]:
    """The log messages of one CloudWatch payload; a control message carries none."""
    document = json.loads(data)
    if document.get("messageType") != "DATA_MESSAGE":
        return []
    return [(identifier, event["message"].encode() + b"\n") for event in document["logEvents"]]


def _convertible(
    config: dict[str, Any], records: list[Record]
) -> tuple[list[Record], list[Record]]:
    """(records that convert together, records to be reported one by one)."""
    conversion = config.get("DataFormatConversionConfiguration") or {}
    if not conversion or not conversion.get("Enabled", True):
        return records, []
    if _converts(conversion, b"".join(data for _, data in records)):
        return records, []
    good = [record for record in records if _converts(conversion, record[1])]
    return good, [record for record in records if record not in good]


def _converts(conversion: dict[str, Any], data: bytes) -> bool:
    try:
        firehose._convert_to_parquet(conversion, data)
    except firehose._DeliveryError:
        return False
    return True


def install() -> None:
    firehose_output.install()
    firehose_transform.install()
    convert = firehose._convert_to_parquet
    last: list[tuple[bytes, bytes]] = []  # checked first, delivered next: converted once

    def converted(conversion: dict[str, Any], data: bytes) -> bytes:
        if not last or last[0][0] != data:
            last[:] = [(data, convert(conversion, data))]
        return last[0][1]

    def tick() -> None:
        while True:
            time.sleep(_TICK_SECONDS)
            flush_due()
            firehose_role.retry_due()

    firehose._convert_to_parquet = converted
    firehose._deliver_records_to_s3 = add
    threading.Thread(target=tick, daemon=True, name="localcloud-firehose").start()
