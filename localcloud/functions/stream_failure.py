"""What a stream's on-failure destination gets: where the batch lies, not the batch itself.

A bucket gets the batch as well. Format:
https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
"""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from typing import Any

from ministack.services import lambda_svc

from localcloud.functions import destinations
from localcloud.functions.stream_reader import Item


def send(
    esm: dict[str, Any],
    shard: str,
    batch: list[Item],
    result: dict[str, Any],
    condition: str,
    attempts: int,
) -> None:
    target = ((esm.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination")
    config = lambda_svc._get_func_record_for_ref(esm["FunctionArn"])[1]
    if not target or config is None:
        return
    kind = "KinesisBatchInfo" if ":kinesis:" in esm["EventSourceArn"] else "DDBStreamBatchInfo"
    record: dict[str, Any] = {
        "requestContext": {
            "requestId": str(uuid.uuid4()),
            "functionArn": esm["FunctionArn"],
            "condition": condition,
            "approximateInvokeCount": attempts,
        },
        "responseContext": {
            "statusCode": 200,
            "executedVersion": config.get("Version", "$LATEST"),
            "functionError": result.get("function_error") or "Unhandled",
        },
        "version": "1.0",
        "timestamp": destinations.now(),
        kind: {
            "shardId": shard,
            "startSequenceNumber": batch[0].sequence,
            "endSequenceNumber": batch[-1].sequence,
            "approximateArrivalOfFirstRecord": _iso(batch[0].arrived),
            "approximateArrivalOfLastRecord": _iso(batch[-1].arrived),
            "batchSize": len(batch),
            "streamArn": esm["EventSourceArn"],
        },
    }
    if not result.get("error"):
        del record["responseContext"]["functionError"]  # some of its records failed, it did not
    if ":s3:" in target:
        record["payload"] = json.dumps({"Records": [item.record for item in batch]}, default=str)
    destinations.send(config, target, record, f"{esm['UUID']}/{shard}")


def _iso(timestamp: float) -> str:
    return datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
