"""Callers: they ask what is live without a pause, and keep what they were told."""

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import mean, quantiles
from typing import Any

from cli.asking import Answer, Ask

CALLERS = 3
ROWS = 4


@dataclass(frozen=True)
class Call:
    """One request: when it was sent, who answered (the version), and how."""

    at: float
    version: str
    ms: float
    scores: tuple[float, ...] = ()
    error: str | None = None


class Traffic:
    """Callers in threads. `rate` is requests a second of all together, and may be moved.

    Use as a context: leaving it waits for the last answers.
    """

    def __init__(
        self,
        live: Ask,
        instances: Sequence[dict[str, Any]],
        now: Callable[[], float],
        rate: float,
    ) -> None:
        self.rate = rate
        self.calls: list[Call] = []
        self._ask = partial(ask, live, now=now)
        self._instances = instances
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(random.Random(seed),), daemon=True)
            for seed in range(CALLERS)
        ]

    def __enter__(self) -> "Traffic":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join(timeout=10)

    def _run(self, dice: random.Random) -> None:
        due = time.monotonic()
        while not self._stopping.is_set():
            self.calls.append(self._ask(dice.sample(self._instances, ROWS)))
            due = max(due + CALLERS / self.rate, time.monotonic() - 0.2)
            self._stopping.wait(max(due - time.monotonic(), 0))


def ask(live: Ask, instances: Sequence[dict[str, Any]], *, now: Callable[[], float]) -> Call:
    """One request with its answer; whatever is no answer is the call's `error`."""
    at, answer = now(), Answer({})
    try:
        answer = live(json.dumps({"instances": list(instances)}).encode())
        scores = tuple(float(p["score"]) for p in answer.body["predictions"])
    except Exception as error:  # a caller counts what it cannot use, of whatever kind
        said = f"{answer.body or error!r}"
        return Call(at, answer.version, (now() - at) * 1000, error=said[:300])
    return Call(at, answer.version, (now() - at) * 1000, scores)


def percentiles(calls: Sequence[Call]) -> tuple[float, float]:
    """(p50, p99) of the answered calls in milliseconds; 0 without any."""
    times = [call.ms for call in calls if call.error is None]
    if len(times) < 2:
        return (times[0], times[0]) if times else (0.0, 0.0)
    cuts = quantiles(times, n=100, method="inclusive")
    return cuts[49], cuts[98]


def seen(calls: Sequence[Call], old: str, new: str, buckets: int = 40) -> dict[str, Any]:
    """What the callers saw of two versions side by side: shares over time, scores, latencies."""
    answered = sorted((c for c in calls if c.error is None), key=lambda c: c.at)
    begin = answered[0].at if answered else 0.0
    width = ((answered[-1].at - begin) / buckets if answered else 0.0) or 1.0
    counts: list[Counter[str]] = [Counter() for _ in range(buckets)]
    for call in answered:
        counts[min(int((call.at - begin) / width), buckets - 1)][call.version] += 1
    found: dict[str, Any] = {
        "old": old,
        "new": new,
        "buckets": [
            {"at": (i + 1) * width, "counts": dict(count)} for i, count in enumerate(counts)
        ],
    }
    for name, version in (("old", old), ("new", new)):
        own = [call for call in answered if call.version == version]
        p50, p99 = percentiles(own)
        scores = [score for call in own for score in call.scores]
        found |= {
            f"{name}_count": len(own),
            f"{name}_scores": scores,
            f"{name}_p50_ms": p50,
            f"{name}_p99_ms": p99,
            f"{name}_mean": mean(scores) if scores else None,
        }
    return found
