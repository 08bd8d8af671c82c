"""What is in a stream, read shard by shard from a position on: Kinesis's and DynamoDB's alike."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

from ministack.services import dynamodb, kinesis

from localcloud.config import REGION


@dataclass(frozen=True)
class Item:
    """`position` is where reading goes on behind it; `key` is what keeps its order."""

    position: int
    sequence: str
    key: str
    arrived: float
    record: dict[str, Any]


def shards(arn: str) -> list[str]:
    if ":kinesis:" in arn:
        stream = kinesis._streams.get(_name(arn))
        ready = stream is not None and stream["StreamStatus"] == "ACTIVE"
        return list(stream["shards"]) if stream is not None and ready else []
    table = dynamodb._tables.get(_name(arn))
    return ["shardId-00000000000000000000-00000000"] if table else []


def edge(arn: str, shard: str, starting: str) -> int:
    """The position of TRIM_HORIZON, or of LATEST as it is now."""
    if ":kinesis:" not in arn:
        first = starting == "TRIM_HORIZON"
        ask = dynamodb.stream_start_position if first else dynamodb.stream_end_position
        return int(ask(_name(arn)))
    records = kinesis._streams[_name(arn)]["shards"][shard]["records"]
    return int(records[-1]["SequenceNumber"]) if starting == "LATEST" and records else -1


def read(arn: str, shard: str, position: int, most: int, role: str) -> list[Item]:
    """`role` is whose identity the records name as the caller's."""
    if ":kinesis:" not in arn:
        start = max(position, dynamodb.stream_start_position(_name(arn)))
        found = dynamodb.stream_records_since(_name(arn), start, most)
        return [_change(start + index + 1, record) for index, record in enumerate(found)]
    stream = kinesis._streams.get(_name(arn)) or {"shards": {}}
    records = (stream["shards"].get(shard) or {"records": []})["records"]
    low, high = 0, len(records)
    while low < high:
        middle = (low + high) // 2
        if int(records[middle]["SequenceNumber"]) <= position:
            low = middle + 1
        else:
            high = middle
    return [_put(arn, shard, role, record) for record in records[low : low + most]]


def _name(arn: str) -> str:
    return arn.split("/")[1]


def _change(position: int, record: dict[str, Any]) -> Item:
    change = record["dynamodb"]
    arrived = float(change.get("ApproximateCreationDateTime", 0))
    return Item(position, change["SequenceNumber"], str(change.get("Keys")), arrived, record)


def _put(arn: str, shard: str, role: str, record: dict[str, Any]) -> Item:
    sequence, data = record["SequenceNumber"], record["Data"]
    event = {
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": record["PartitionKey"],
            "sequenceNumber": sequence,
            "data": base64.b64encode(data).decode() if isinstance(data, bytes) else data,
            "approximateArrivalTimestamp": record["ApproximateArrivalTimestamp"],
        },
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": f"{shard}:{sequence}",
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": role,
        "awsRegion": REGION,
        "eventSourceARN": arn,
    }
    arrived = float(record["ApproximateArrivalTimestamp"])
    return Item(int(sequence), sequence, record["PartitionKey"], arrived, event)
