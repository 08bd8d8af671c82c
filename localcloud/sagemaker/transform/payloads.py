"""How an object of S3 is cut into requests, and what the answers become."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from localcloud.json_service import Document
from localcloud.sagemaker.transform import formats, json_path

_MEGABYTE = 1024 * 1024


class BadData(Exception):
    """An object that cannot be transformed; its text goes to the job's data log."""


@dataclass(frozen=True)
class Plan:
    """What a CreateTransformJob request says of its data."""

    content_type: str
    accept: str
    split: bool
    single: bool
    most_bytes: int  # 0: no limit
    assemble: bool
    input_filter: str
    output_filter: str
    joined: bool

    @classmethod
    def of(cls, request: Document) -> Plan:
        given, output = request["TransformInput"], request["TransformOutput"]
        processing = request.get("DataProcessing", {})
        return cls(
            content_type=given.get("ContentType", ""),
            accept=output.get("Accept", ""),
            split=given.get("SplitType", "None") == "Line",
            single=request.get("BatchStrategy") == "SingleRecord",
            most_bytes=request.get("MaxPayloadInMB", 6) * _MEGABYTE,
            assemble=output.get("AssembleWith", "None") == "Line",
            input_filter=processing.get("InputFilter") or "$",
            output_filter=processing.get("OutputFilter") or "$",
            joined=processing.get("JoinSource", "None") == "Input",
        )

    def batches(self, data: bytes) -> Iterator[list[bytes]]:
        """The records of each request. Raises BadData for a record that is too large."""
        size = 0
        batch: list[bytes] = []
        for record in self._records(data):
            if self.most_bytes and len(record) > self.most_bytes:
                raise BadData(
                    f"ClientError: a record of {len(record)} bytes is larger than MaxPayloadInMB "
                    f"({self.most_bytes // _MEGABYTE})"
                )
            full = self.most_bytes and size + len(record) + 1 > self.most_bytes
            if batch and (full or self.single):
                yield batch
                size, batch = 0, []
            batch.append(record)
            size += len(record) + 1
        if batch:
            yield batch

    def _records(self, data: bytes) -> list[bytes]:
        if not self.split:
            return [data] if data else []
        lines = data.split(b"\n")
        return lines[:-1] if not lines[-1] else lines

    def body(self, records: Sequence[bytes]) -> bytes:
        """The request for some records, filtered."""
        if self.input_filter == "$":
            return b"\n".join(records)
        return b"\n".join(
            _as(self.content_type, _select(self.input_filter, _parsed(self.content_type, record)))
            for record in records
        )

    def result(self, records: Sequence[bytes], answer: bytes) -> bytes:
        """What is stored of an answer: joined with the records and filtered."""
        if self.joined or self.output_filter != "$":
            answer = self._processed(records, answer)
        ends = answer.endswith(b"\n")
        return answer + b"\n" if self.assemble and not ends else answer

    def _processed(self, records: Sequence[bytes], answer: bytes) -> bytes:
        written = self._records(answer)
        if len(written) != len(records):
            raise BadData(
                f"ClientError: the model gave {len(written)} records for {len(records)}; data "
                "processing needs one for each"
            )
        found = []
        for record, one in zip(records, written, strict=True):
            value = _parsed(self.accept, one)
            if self.joined:
                value = formats.join(self.accept, _parsed(self.content_type, record), value)
            found.append(_as(self.accept, _select(self.output_filter, value)))
        return b"\n".join(found)


def _parsed(content_type: str, record: bytes) -> Any:
    try:
        return formats.parse(content_type, record)
    except ValueError as error:
        raise BadData(f"ClientError: {record[:80]!r} is no {content_type}: {error}") from error


def _select(path: str, value: Any) -> Any:
    try:
        return json_path.select(path, value)
    except json_path.PathError as error:
        raise BadData(f"ClientError: the filter {path}: {error}") from error


def _as(content_type: str, value: Any) -> bytes:
    return formats.write(content_type, value)
