"""An SQS queue calls its function: batches, windows, concurrency, partial failures, redrive.

Messages stay invisible in real time while the function works, since its code is real; once it has
failed, what is left of their visibility timeout shrinks with the clock.
"""

from __future__ import annotations

import json
import threading
import time
from typing import Any

from ministack.core.concurrency import spawn_background
from ministack.services import sqs

from localcloud import clock
from localcloud.config import ACCOUNT, REGION
from localcloud.functions import mapping, permissions
from localcloud.functions.mapping_rules import ACTIONS

_MAX_BYTES = 6 * 2**20
_IDLE_SECONDS = 0.2  # a message may become visible without anybody saying so
_CONCURRENCY = 5  # batches under way at a time: AWS begins with five, and scales from there


def poll(esm: dict[str, Any], stop: threading.Event) -> None:
    running = threading.Semaphore(_limit(esm))
    while not stop.is_set():
        since = mapping.news.count()
        queue = sqs._queue_by_arn(esm["EventSourceArn"])
        if queue is None or _forbidden(esm):
            mapping.news.wait(since, 1.0)
            continue
        if not running.acquire(timeout=_IDLE_SECONDS):
            continue
        batch = _collect(esm, queue, stop)
        if not batch:
            running.release()
            mapping.news.wait(since, _IDLE_SECONDS)
            continue
        spawn_background(_process, esm, queue, batch, running, thread_name="localcloud-batch")


def _limit(esm: dict[str, Any]) -> int:
    queue = sqs._queue_by_arn(esm["EventSourceArn"])
    if queue and queue.get("is_fifo"):
        return 1  # in order within a group; groups are not parted here
    return int((esm.get("ScalingConfig") or {}).get("MaximumConcurrency") or _CONCURRENCY)


def _forbidden(esm: dict[str, Any]) -> bool:
    from ministack.services import lambda_svc

    config = lambda_svc._get_func_record_for_ref(esm["FunctionArn"])[1]
    if config is None:
        return True
    for action in ACTIONS["sqs"]:
        if text := permissions.denied(config["Role"], action, esm["EventSourceArn"]):
            esm["LastProcessingResult"] = f"PROBLEM: {text}"
            return True
    return False


def _collect(esm: dict[str, Any], queue: dict[str, Any], stop: threading.Event) -> list[Any]:
    """Messages until the batch is full; a window begins with the first message."""
    size = int(esm.get("BatchSize") or 10)
    window = float(esm.get("MaximumBatchingWindowInSeconds") or 0)
    batch: list[Any] = []
    weight = 0
    end: clock.Deadline | None = None
    while not stop.is_set():
        since = mapping.news.count()
        got = _receive(queue, min(size - len(batch), 10))
        batch += got
        weight += sum(len(message["body"]) for message in got)
        if not batch or not window or len(batch) >= size or weight >= _MAX_BYTES:
            return batch
        end = end or clock.after(window)
        if end.passed():
            return batch
        if not got:
            mapping.news.wait(since, min(clock.real_seconds(end.left()), 0.1))
    return batch


def _receive(queue: dict[str, Any], most: int) -> list[Any]:
    received: list[Any] = sqs._receive_messages_for_esm(queue["url"], most)
    return received


def _process(
    esm: dict[str, Any], queue: dict[str, Any], batch: list[Any], running: threading.Semaphore
) -> None:
    try:
        kept = [message for message in batch if mapping.matches(esm, _record(esm, message))]
        _delete(queue, [message for message in batch if message not in kept])  # as filtered
        if not kept:
            return
        answer = mapping.call(esm, [_record(esm, message) for message in kept])
        failed = _failed(answer, kept)
        _delete(queue, [message for message in kept if message["id"] not in failed])
        _release(queue, [message for message in kept if message["id"] in failed])
    finally:
        running.release()
        mapping.news.ring()


def _failed(answer: mapping.Answer, batch: list[Any]) -> set[str]:
    everything = {message["id"] for message in batch}
    if answer.failed is None or not set(answer.failed) <= everything:
        return everything
    return set(answer.failed)


def _delete(queue: dict[str, Any], messages: list[Any]) -> None:
    sqs._delete_messages_for_esm(queue["url"], {m["receipt_handle"] for m in messages})


def _release(queue: dict[str, Any], messages: list[Any]) -> None:
    now = time.time()
    with sqs._queues_lock:
        for message in messages:
            left = max(message["visible_at"] - now, 0.0)
            message["visible_at"] = now + clock.real_seconds(left)


def _record(esm: dict[str, Any], message: dict[str, Any]) -> dict[str, Any]:
    attributes = {
        "ApproximateReceiveCount": str(message["receive_count"]),
        "SentTimestamp": str(int(message["sent_at"] * 1000)),
        "SenderId": (message.get("sys") or {}).get("SenderId", ACCOUNT),
        "ApproximateFirstReceiveTimestamp": str(int(message["first_receive_at"] * 1000)),
    }
    optional = {
        "AWSTraceHeader": (message.get("sys") or {}).get("AWSTraceHeader"),
        "MessageGroupId": message.get("group_id"),
        "MessageDeduplicationId": message.get("dedup_id"),
        "SequenceNumber": message.get("seq"),
    }
    attributes.update({name: str(value) for name, value in optional.items() if value is not None})
    custom = json.loads(json.dumps(message.get("message_attributes") or {}, default=str))
    return {
        "messageId": message["id"],
        "receiptHandle": message["receipt_handle"],
        "body": message["body"],
        "attributes": attributes,
        "messageAttributes": {
            name: {key[0].lower() + key[1:]: value for key, value in inner.items()}
            for name, inner in custom.items()
        },
        "md5OfBody": message.get("md5_body") or "",
        "eventSource": "aws:sqs",
        "eventSourceARN": esm["EventSourceArn"],
        "awsRegion": REGION,
    }
