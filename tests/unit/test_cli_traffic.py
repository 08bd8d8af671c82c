"""Callers count every answer, and every failure of one."""

import json
import threading
from typing import Any

from cli.asking import Answer
from cli.demo.traffic import Call, Traffic, ask, percentiles, seen


class Live:
    """What is asked: every `tenth` request is answered by version 3, failing if `broken`."""

    def __init__(self, broken: bool = False) -> None:
        self.broken, self.asked, self.lock = broken, 0, threading.Lock()

    def __call__(self, request: bytes) -> Answer:
        with self.lock:
            self.asked += 1
            tenth = self.asked % 10 == 0
        rows = json.loads(request)["instances"]
        body: dict[str, Any] = {"predictions": [{"score": 0.9 if tenth else 0.2} for _ in rows]}
        if self.broken and tenth:
            body = {"error": {"status": 500, "message": "it broke"}}
        return Answer(body, "3" if tenth else "2")


def test_an_answer_without_predictions_is_an_error_that_says_why() -> None:
    live = Live(broken=True)
    live.asked = 9
    call = ask(live, [{}], now=lambda: 1.0)
    assert call.error is not None
    assert "it broke" in call.error
    assert call.version == "3"


def test_callers_ask_until_they_are_told_to_stop() -> None:
    """Nothing asked is lost, and no thread is left."""
    live, before = Live(), threading.active_count()
    with Traffic(live, [{"a": i} for i in range(9)], lambda: 0.0, 500) as traffic:
        while live.asked < 30:
            pass
    assert threading.active_count() == before
    assert len(traffic.calls) == live.asked
    assert all(len(call.scores) == 4 and call.error is None for call in traffic.calls)


def test_a_call_that_nobody_answers_is_an_error_of_nobodys() -> None:
    def gone(request: bytes) -> Answer:
        raise ConnectionError("nobody is there")

    call = ask(gone, [{}], now=lambda: 1.0)
    assert (call.version, call.scores) == ("?", ())
    assert "nobody is there" in str(call.error)


def test_both_versions_are_told_apart() -> None:
    """Shares by the version that executed, scores and latencies of each."""
    calls = [Call(i / 10, "3" if i % 10 == 9 else "2", 5.0 + i % 2, (0.5,)) for i in range(100)]
    calls.append(Call(3.3, "2", 1.0, error="lost"))
    found = seen(calls, "2", "3", buckets=10)
    assert (found["old_count"], found["new_count"]) == (90, 10)
    assert all(bucket["counts"] == {"2": 9, "3": 1} for bucket in found["buckets"][:9])
    assert found["new_p50_ms"] == 6.0
    assert found["new_mean"] == 0.5


def test_percentiles_leave_out_what_failed() -> None:
    calls = [Call(0, "1", float(ms)) for ms in range(1, 102)] + [Call(0, "1", 9e9, error="x")]
    p50, p99 = percentiles(calls)
    assert (p50, p99) == (51.0, 100.0)
    assert percentiles([]) == (0.0, 0.0)
