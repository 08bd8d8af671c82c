"""A stream calls its function: a lane for each shard and key group, in order, past what fails.

A lane reads on only when its batch is done or given up: retried whole or from the first failed
record, halved if asked, dropped to the destination when too old or tried often enough.
"""

from __future__ import annotations

import threading
import zlib
from dataclasses import dataclass
from typing import Any

from ministack.core.concurrency import spawn_background
from ministack.services import cloudwatch, lambda_svc

from localcloud import clock
from localcloud.functions import mapping, permissions, stream_failure, stream_reader
from localcloud.functions.mapping_rules import ACTIONS
from localcloud.functions.stream_reader import Item
from localcloud.tables import table

_IDLE_SECONDS = 0.2
_BACKOFF_SECONDS = 60.0  # AWS seconds at most between two attempts
_READ = 10_000


def positions(name: str) -> dict[str, int]:
    """The mapping's checkpoints by shard and lane."""
    found: dict[str, int] = table("lambda.stream-positions").setdefault(name, {})
    return found


def anchor(name: str, arn: str, starting: str) -> None:
    """LATEST is where the stream ends when the mapping is made, not when it is first polled."""
    for shard in stream_reader.shards(arn) if ":sqs:" not in arn else []:
        positions(name)[shard] = stream_reader.edge(arn, shard, starting)


def poll(esm: dict[str, Any], stop: threading.Event) -> None:
    """Keep a lane going for each shard and part of its keys, shards that come later included."""
    going: set[tuple[str, int]] = set()
    while not stop.is_set():
        for shard in stream_reader.shards(esm["EventSourceArn"]):
            for part in range(int(esm.get("ParallelizationFactor") or 1)):
                if (shard, part) not in going:
                    going.add((shard, part))
                    lane = Lane(esm, stop, shard, part)
                    spawn_background(lane.run, thread_name="localcloud-lane")
        stop.wait(_IDLE_SECONDS)


@dataclass
class Lane:
    esm: dict[str, Any]
    stop: threading.Event
    shard: str
    part: int

    @property
    def position(self) -> int:
        known = positions(self.esm["UUID"])
        if (own := known.get(f"{self.shard}/{self.part}")) is not None:
            return own
        if (start := known.get(self.shard)) is not None:
            return start
        return stream_reader.edge(self.esm["EventSourceArn"], self.shard, "TRIM_HORIZON")

    def checkpoint(self, position: int) -> None:
        positions(self.esm["UUID"])[f"{self.shard}/{self.part}"] = position

    def run(self) -> None:
        while not self.stop.is_set():
            since = mapping.news.count()
            batch = [] if self._forbidden() else self._collect()
            if not batch:
                mapping.news.wait(since, _IDLE_SECONDS)
                continue
            kept = [item for item in batch if mapping.matches(self.esm, item.record)]
            if self._process(kept):
                self.checkpoint(batch[-1].position)

    def _collect(self) -> list[Item]:
        """The lane's records until the batch is full or its window is over."""
        size = int(self.esm.get("BatchSize") or 100)
        window = float(self.esm.get("MaximumBatchingWindowInSeconds") or 0)
        end: clock.Deadline | None = None
        while not self.stop.is_set():
            since = mapping.news.count()
            found = self._read(size)
            end = end or clock.after(window)
            if not found or len(found) >= size or end.passed():
                return found
            mapping.news.wait(since, min(clock.real_seconds(end.left()), 0.1))
        return []

    def _read(self, size: int) -> list[Item]:
        factor = int(self.esm.get("ParallelizationFactor") or 1)
        most = size if factor == 1 else _READ
        source, role = self.esm["EventSourceArn"], self._role()
        items = stream_reader.read(source, self.shard, self.position, most, role)
        own = [item for item in items if zlib.crc32(item.key.encode()) % factor == self.part]
        return own[:size]

    def _process(self, batch: list[Item]) -> bool:
        """Until every record is done or given up; False when the mapping was stopped meanwhile."""
        todo = [(batch, 0)] if batch else []
        while todo and not self.stop.is_set():
            current, attempt = todo.pop(0)
            self._measure(current)
            answer = mapping.call(self.esm, [item.record for item in current])
            rest = _remaining(answer, current)
            if len(rest) < len(current):
                self.checkpoint(current[len(current) - len(rest) - 1].position)
            if not rest:
                continue
            attempt += not answer.throttled
            condition = self._given_up(rest, attempt, answer)
            if condition is None:
                halve = len(rest) > 1 and self._halves(answer)
                todo[0:0] = _halved(rest) if halve else [(rest, attempt)]
                clock.sleep(min(2.0 ** max(attempt - 1, 0), _BACKOFF_SECONDS), self.stop)
            else:
                stream_failure.send(self.esm, self.shard, rest, answer.result, condition, attempt)
                self.checkpoint(rest[-1].position)
        return not todo

    def _measure(self, batch: list[Item]) -> None:
        """How long the batch's last record has waited, by the time it is handed over."""
        name = self.esm["FunctionArn"].split(":")[6]
        age = clock.age(batch[-1].arrived) * 1000
        cloudwatch.record_metric(
            "AWS/Lambda", "IteratorAge", age, "Milliseconds", {"FunctionName": name}
        )

    def _halves(self, answer: mapping.Answer) -> bool:
        """Not when throttled: nothing ran. A partial answer has cut the batch where it says."""
        failed = answer.failed is None and not answer.throttled
        return failed and bool(self.esm.get("BisectBatchOnFunctionError"))

    def _given_up(self, batch: list[Item], attempt: int, answer: mapping.Answer) -> str | None:
        oldest = int(self.esm.get("MaximumRecordAgeInSeconds") or -1)
        if 0 < oldest < clock.age(batch[0].arrived):
            return "RecordAgeExceeded"
        if len(batch) > 1 and self._halves(answer):
            return None  # halving does not count as a retry
        most = self.esm.get("MaximumRetryAttempts")
        if most is not None and 0 <= int(most) < attempt:
            return "RetryAttemptsExhausted"
        return None

    def _role(self) -> str:
        config = lambda_svc._get_func_record_for_ref(self.esm["FunctionArn"])[1]
        return str((config or {}).get("Role", ""))

    def _forbidden(self) -> bool:
        source, role = self.esm["EventSourceArn"], self._role()
        for action in ACTIONS[source.split(":")[2]]:
            if not role or (text := permissions.denied(role, action, source)):
                self.esm["LastProcessingResult"] = f"PROBLEM: {text if role else 'no function'}"
                return True
        return False


def _remaining(answer: mapping.Answer, batch: list[Item]) -> list[Item]:
    """From the first record on that the function gave back; all when it failed as a whole."""
    if answer.failed is None:
        return batch
    sequences = [item.sequence for item in batch]
    if not set(answer.failed) <= set(sequences):
        return batch
    first = min((sequences.index(name) for name in answer.failed), default=len(batch))
    return batch[first:]


def _halved(batch: list[Item]) -> list[tuple[list[Item], int]]:
    middle = (len(batch) + 1) // 2
    return [(batch[:middle], 0), (batch[middle:], 0)]
