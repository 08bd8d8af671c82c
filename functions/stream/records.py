"""A record of the input stream: one instance as JSON text, or poison, which never will be one."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from penstock.errors import SHOWN, Violation, shown


@dataclass(frozen=True)
class Record:
    """What came, byte for byte, and where from; `arrived` is in seconds since 1970."""

    shard: str
    sequence_number: str
    partition_key: str
    arrived: float
    data: bytes

    @classmethod
    def of(cls, event: Mapping[str, Any]) -> Self:
        """From one of the `Records` that Lambda hands over."""
        kinesis = event["kinesis"]
        return cls(
            shard=event["eventID"].partition(":")[0],
            sequence_number=kinesis["sequenceNumber"],
            partition_key=kinesis["partitionKey"],
            arrived=float(kinesis["approximateArrivalTimestamp"]),
            data=base64.b64decode(kinesis["data"]),
        )

    @property
    def position(self) -> int:
        """Where it stands among the records of its shard."""
        return int(self.sequence_number)

    @property
    def arrived_at(self) -> datetime:
        return datetime.fromtimestamp(self.arrived, UTC)

    def source(self) -> dict[str, str]:
        return {
            "shard": self.shard,
            "sequence_number": self.sequence_number,
            "partition_key": self.partition_key,
            "arrived": self.arrived_at.isoformat(timespec="milliseconds"),
        }


@dataclass(frozen=True)
class Row:
    """A record that is one JSON object: `text` goes to predict as it came."""

    record: Record
    text: str
    row_id: str


@dataclass(frozen=True)
class Poison:
    """A record that no retry will make a request, with why: `Violation.to_dict()`s."""

    record: Record
    reasons: list[dict[str, Any]]

    def to_dict(self) -> dict[str, Any]:
        data = base64.b64encode(self.record.data).decode()
        return {"source": self.record.source(), "reasons": self.reasons, "data": data}


def read(record: Record, row_id: str) -> Row | Poison:
    """The instance in a record; `row_id` is the column with the row's own id.

    Strict where Python is not: Lambda itself refuses a request with NaN or Infinity in it, and
    with it every other record of the batch.
    """
    try:
        text = record.data.decode()
        instance = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        return _poison(record, f"{type(error).__name__}: {error}"[:SHOWN])
    if not isinstance(instance, dict):
        return _poison(record, shown(instance))
    own = instance.get(row_id)
    return Row(record, text, "" if own is None else str(own))


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def _poison(record: Record, got: str) -> Poison:
    return Poison(record, [Violation(None, "", "one instance as a JSON object", got).to_dict()])
