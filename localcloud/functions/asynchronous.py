"""Asynchronous invocations wait in Lambda's own queue: retries, ages, destinations, as on AWS.

MiniStack sleeps a second in a thread of its own for each event, gives throttled ones up like failed
ones, and runs what rules, topics and log groups send once only. Upstream:
`lambda_svc.invoke_async_with_retry`, called by every service that invokes asynchronously.
"""

from __future__ import annotations

import heapq
import itertools
import threading
from collections import Counter
from typing import Any

from ministack.core.concurrency import spawn_background
from ministack.services import lambda_svc

from localcloud import busy, clock
from localcloud.alias_routing import invoked_arn
from localcloud.functions import outcomes
from localcloud.functions.outcomes import Event
from localcloud.lambda_invoke import request_identity
from localcloud.tables import table

_RETRY_SECONDS = (60.0, 120.0)  # after a function's error: a minute, then two
_LONGEST_BACKOFF = 300.0  # after a throttle: from a second, doubled, for as long as the event lives
_AT_ONCE = 50  # executions of one function that this queue keeps going


class Queue:
    """One thread takes what is due; each execution has a thread of its own."""

    def __init__(self) -> None:
        self.events: dict[str, Event] = table("lambda.events")
        self._order = itertools.count()
        self._heap: list[tuple[float, int, Event]] = []
        self._running: Counter[str] = Counter()
        self._changed = clock.Signal()
        self._lock = threading.Lock()

    def start(self) -> None:
        """Events that were waiting when the server ended go on waiting."""
        for event in self.events.values():
            self._push(event)
        threading.Thread(target=self._work, daemon=True, name="localcloud-events").start()

    def put(self, arn: str, payload: Any) -> Event:
        event = Event(arn, payload, clock.elapsed())
        self.events[event.request_id] = event
        outcomes.count(event, "AsyncEventsReceived")
        self._push(event)
        return event

    def _push(self, event: Event) -> None:
        with self._lock:
            heapq.heappush(self._heap, (event.due, next(self._order), event))
        self._changed.set()

    def _work(self) -> None:
        while True:
            self._changed.clear()
            with self._lock:
                ready = self._ready()
                next_due = self._heap[0][0] if self._heap else None
            for event in ready:
                spawn_background(busy.holding(self._run), event, thread_name="localcloud-event")
            if ready:
                continue
            wait = 3600.0 * 24 if next_due is None else max(next_due - clock.elapsed(), 0.0)
            if wait > 0:
                clock.after(wait).wait(self._changed)
            else:  # due, but its function has enough to do
                self._changed.wait(0.05)

    def _ready(self) -> list[Event]:
        now, ready, kept = clock.elapsed(), [], []
        while self._heap and self._heap[0][0] <= now:
            item = heapq.heappop(self._heap)
            if self._running[item[2].arn] < _AT_ONCE:
                self._running[item[2].arn] += 1
                ready.append(item[2])
            else:
                kept.append(item)
        for item in kept:
            heapq.heappush(self._heap, item)
        return ready

    def _run(self, event: Event) -> None:
        try:
            again = attempt(event)
        finally:
            with self._lock:
                self._running[event.arn] -= 1
        if again is None:
            self.events.pop(event.request_id, None)
            self._changed.set()
        else:
            event.due = clock.elapsed() + again
            self._push(event)


def attempt(event: Event) -> float | None:
    """Run it once; the AWS seconds until it is to be tried again, or None when it is done with."""
    record, config, _ = lambda_svc._get_func_record_for_ref(event.arn)
    if record is None or config is None:
        return None  # deleted meanwhile: its events go with it
    settings = outcomes.settings_of(event.arn)
    record = lambda_svc._execution_record_for_config(record, config)
    token = request_identity.set(event.request_id)
    try:
        result = lambda_svc._execute_function_with_config_scope(record, event.payload)
    finally:
        request_identity.reset(token)
    if result.get("throttle"):
        event.throttles += 1
        never = lambda_svc._reserved_concurrency(record, config) == 0
        delay = min(2.0 ** (event.throttles - 1), _LONGEST_BACKOFF)
        condition = "RetriesExhausted" if never else None
    elif result.get("error"):
        event.failures += 1
        delay = _RETRY_SECONDS[min(event.failures, 2) - 1]
        most = settings.get("MaximumRetryAttempts")
        exhausted = event.failures > (2 if most is None else most)
        condition = "RetriesExhausted" if exhausted else None
    else:
        outcomes.settle(event, config, settings, result, "Success")
        return None
    oldest = float(settings.get("MaximumEventAgeInSeconds") or 21600)
    if condition is None and clock.age(event.received) + delay > oldest:
        condition = "EventAgeExceeded"
    if condition is None:
        return delay
    outcomes.settle(event, config, settings, result, condition)
    return None


queue = Queue()


def invoke(function: dict[str, Any], payload: Any) -> None:
    """In the place of MiniStack's own."""
    queue.put(invoked_arn(function.get("config") or function), payload)


def install() -> None:
    from localcloud.functions import senders

    lambda_svc.invoke_async_with_retry = invoke
    senders.install()
    queue.start()
