"""Segments of the mode `stream`: records in, answers out, what is wrong or too old set apart."""

from __future__ import annotations

import base64
import json
from typing import Any

from benchmarks.ablation.predict_road import keys
from benchmarks.ablation.segment import Segment
from benchmarks.ablation.statements import denied
from benchmarks.ablation.world import Unexpected, World, now
from cli.instances import instance
from penstock import layout

RECORDS = 20


def _put(world: World, *texts: str) -> None:
    entries = [{"PartitionKey": "ablation", "Data": text.encode()} for text in texts]
    done = world.aws("kinesis").put_records(StreamName=_name(world, "StreamInput"), Records=entries)
    if done["FailedRecordCount"]:
        raise Unexpected(f"{done['FailedRecordCount']} records were not taken")


def _name(world: World, logical: str) -> str:
    return world.physical("AWS::Kinesis::Stream", logical)


def _requests(world: World) -> dict[str, str]:
    """Texts by row ids that nobody has used before."""
    contract, number = world.story.contract, next(world.numbers)
    rows = [instance(row, contract) for row in world.story.source.rows[:RECORDS]]
    named = {f"ablation-{number}-{i}": row for i, row in enumerate(rows)}
    return {name: json.dumps(row | {contract.row_id: name}) for name, row in named.items()}


def _answered(world: World) -> set[str]:
    """The row ids of all answers there are."""
    kinesis, found = world.aws("kinesis"), set[str]()
    name = _name(world, "StreamOutput")
    for shard in kinesis.list_shards(StreamName=name)["Shards"]:
        first = {"ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
        start = kinesis.get_shard_iterator(StreamName=name, **first)["ShardIterator"]
        records = kinesis.get_records(ShardIterator=start)["Records"]
        found |= {json.loads(record["Data"])["row_id"] for record in records}
    return found


def _streamed(world: World) -> None:
    """Every good record is answered, and the one that is no request set apart."""
    since, asked, poison = now(), _requests(world), f"no request {next(world.numbers)}"
    _put(world, *asked.values(), poison)
    world.until(lambda: asked.keys() <= _answered(world) or None, "the answers", within=10)
    world.until(lambda: _is_apart(world, poison) or None, "the poison set apart", within=10)
    world.expect_function_logged("Stream", since)


def _is_apart(world: World, poison: str) -> bool:
    s3, bucket = world.aws("s3"), world.stack.lake_bucket
    found: list[dict[str, Any]] = []
    for key in keys(world, layout.poison_prefix(world.name)):
        body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        found += [json.loads(line) for line in body.splitlines()]
    return any(base64.b64decode(one["data"]).decode() == poison for one in found)


def _given_up(world: World) -> None:
    """A batch that is too old lies in the lake, for people to put in again."""
    since, known = now(), keys(world, "aws/lambda/")
    with denied(world.aws("iam"), world.role_of("Stream"), "lambda:InvokeFunction"):
        _put(world, *_requests(world).values())
        world.advance(world.story.usecase.serving.stream.retry_hours * 3600 + 60)
        world.until(lambda: (keys(world, "aws/lambda/") - known) or None, "what was given up")
    world.expect_function_logged("Stream", since)


SEGMENTS = (
    Segment("records are answered", ("Stream",), _streamed),
    Segment("a batch is given up", ("Stream",), _given_up),
)
