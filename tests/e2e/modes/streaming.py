"""Both ends of a stream: what is put in, what has come out, what was set apart."""

import base64
import json
import time
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import outputs

from cli.demo import watch
from cli.demo.story import ENVIRONMENT, Story
from cli.instances import instance
from cli.stack import stack_name

AT_ONCE = 250
KEYS = 37


@dataclass
class Ends:
    """`sent`: each record's text by its row id; `got`: the answers as they stand in the stream."""

    story: Story
    run: str = field(default_factory=lambda: uuid.uuid4().hex[:6])
    sent: dict[str, bytes] = field(default_factory=dict)
    got: list[dict[str, Any]] = field(default_factory=list)
    _iterators: dict[str, str] = field(default_factory=dict)

    def instances(self, mark: str, count: int) -> list[dict[str, Any]]:
        """Rows of the use case's own data, each under an id of its own."""
        rows, contract = self.story.source.rows, self.story.contract
        made = [instance(rows[i % len(rows)], contract) for i in range(count)]
        return [{**one, contract.row_id: f"{self.run}-{mark}-{i}"} for i, one in enumerate(made)]

    def put(self, instances: Sequence[dict[str, Any]]) -> None:
        texts = {one[self.story.contract.row_id]: json.dumps(one).encode() for one in instances}
        self.sent |= texts
        self.put_raw([(key_of(row_id), text) for row_id, text in texts.items()])

    def put_raw(self, records: Sequence[tuple[str, bytes]]) -> None:
        for start in range(0, len(records), AT_ONCE):
            entries = [{"PartitionKey": k, "Data": t} for k, t in records[start : start + AT_ONCE]]
            done = self.story.aws("kinesis").put_records(StreamName=self._input, Records=entries)
            assert done["FailedRecordCount"] == 0

    def wait(self, wanted: set[str], seconds: float) -> None:
        """Until each of these row ids has an answer."""
        deadline = time.monotonic() + seconds
        while (lacking := wanted - {a["row_id"] for a in self.read()}) and (
            time.monotonic() < deadline
        ):
            time.sleep(0.1)
        assert not lacking, f"{len(lacking)} of {len(wanted)} have no answer after {seconds} s"

    def read(self) -> list[dict[str, Any]]:
        """All answers so far, with the `key` that each has in the output stream."""
        kinesis, name = self.story.aws("kinesis"), self._outputs["OutputStreamName"]
        for shard in kinesis.list_shards(StreamName=name)["Shards"]:
            first = {"ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
            if shard["ShardId"] not in self._iterators:
                start = kinesis.get_shard_iterator(StreamName=name, **first)
                self._iterators[shard["ShardId"]] = start["ShardIterator"]
            found = kinesis.get_records(ShardIterator=self._iterators[shard["ShardId"]])
            self._iterators[shard["ShardId"]] = found["NextShardIterator"]
            for record in found["Records"]:
                self.got.append(json.loads(record["Data"]) | {"key": record["PartitionKey"]})
        return self.got

    def apart(self, texts: Collection[bytes]) -> list[dict[str, Any]]:
        """Which of these records were set apart."""
        s3, bucket = self.story.aws("s3"), self.story.deployed.lake_bucket
        prefix = f"stream/{self.story.name}/poison/"
        found = s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
        bodies = [s3.get_object(Bucket=bucket, Key=o["Key"])["Body"].read() for o in found]
        told = [json.loads(line) for body in bodies for line in body.splitlines()]
        return [one for one in told if base64.b64decode(one["data"]) in texts]

    def until_apart(self, texts: Collection[bytes]) -> list[dict[str, Any]]:
        def enough() -> list[dict[str, Any]] | None:
            return found if len(found := self.apart(texts)) >= len(texts) else None

        return watch.until(enough, f"{len(texts)} records set apart", within=10)

    def alarm(self) -> str:
        """The name of the alarm on records that wait."""
        name = stack_name(ENVIRONMENT, self.story.name)
        found = self.story.aws("cloudformation").describe_stack_resources(StackName=name)
        (alarm,) = [
            r["PhysicalResourceId"]
            for r in found["StackResources"]
            if r["LogicalResourceId"].startswith("StreamLate")
        ]
        return str(alarm)

    def state(self, alarm: str) -> str:
        found = self.story.aws("cloudwatch").describe_alarms(AlarmNames=[alarm])
        return str(found["MetricAlarms"][0]["StateValue"])

    @cached_property
    def _outputs(self) -> dict[str, str]:
        return outputs.of(self.story)

    @cached_property
    def _input(self) -> str:
        return self._outputs["InputStreamName"]


def key_of(row_id: str) -> str:
    return f"key-{int(row_id.rpartition('-')[2]) % KEYS}"


def without_doubles(answers: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What a consumer keeps: of each key, what stands higher than all before it."""
    highest: dict[str, int] = {}
    kept = []
    for answer in answers:
        number = int(answer["source"]["sequence_number"])
        if number > highest.get(answer["key"], -1):
            highest[answer["key"]] = number
            kept.append(answer)
    return kept
