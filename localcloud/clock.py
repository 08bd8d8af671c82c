"""One clock for every duration and due time: it runs `scale` times as fast, and can be stepped.

Timestamps stay real (docs/decisions/0001). The clock has two lines. `elapsed` counts AWS seconds:
real ones times the scale, plus every step; durations that a template or a request configures lie
on it. `now` is real time plus every step, and decides only whether a point in time (cron, at,
a Wait's Timestamp) has come.
"""

from __future__ import annotations

import bisect
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from localcloud.tables import table

_CANCEL_SECONDS = 0.1  # how soon a wait sees that a plain Event has cancelled it
_MOST_MARKS = 10_000
_lock = threading.RLock()
_waiting: dict[threading.Event, Deadline] = {}  # what wakes a wait, and what it waits for

Mark = tuple[float, float, float]  # (real time, AWS seconds elapsed by then, scale from then on)


def _state() -> dict[str, Any]:
    """Kept in a table: what has been stepped over stays in the past after a restart."""
    state = table("clock")
    if "marks" not in state:
        state.update(marks=[(time.time(), 0.0, 1.0)], stepped=0.0)
    return state


def set_scale(time_scale: float) -> None:
    """AWS seconds that pass in one real second; may be changed at any time."""
    if not 1 <= time_scale <= 1_000_000:
        raise ValueError(f"time scale {time_scale:g}: expected 1 to 1000000")
    _mark(0.0, time_scale)


def stood_still(since: float) -> None:
    """No AWS time has passed since then: the server was down. A call of `set_scale` ends it."""
    with _lock:
        _state()["marks"].append((since, elapsed_at(since), 0.0))


def scale() -> float:
    return float(_state()["marks"][-1][2])


def stepped() -> float:
    """AWS seconds that steps have passed over since this cloud was made."""
    return float(_state()["stepped"])


def _mark(step: float, time_scale: float) -> None:
    with _lock:
        state, real = _state(), time.time()
        state["marks"].append((real, elapsed_at(real) + step, time_scale))
        del state["marks"][:-_MOST_MARKS]
        state["stepped"] += step
        for woken in list(_waiting):
            woken.set()


def elapsed_at(timestamp: float) -> float:
    """The AWS seconds that had elapsed at a real time; before the first mark at its scale."""
    marks: list[Mark] = _state()["marks"]
    index = bisect.bisect_right(marks, timestamp, key=itemgetter(0)) - 1
    real, aws, time_scale = marks[max(index, 0)]
    return aws + (timestamp - real) * time_scale


def elapsed() -> float:
    return elapsed_at(time.time())


def age(timestamp: float) -> float:
    """How many AWS seconds have passed since something got this (real) timestamp."""
    return elapsed() - elapsed_at(timestamp)


def now() -> float:
    """The time by which cron(), at() and a Wait's Timestamp are due; never a timestamp."""
    return time.time() + stepped()


def real_seconds(aws_seconds: float) -> float:
    """How long a duration of AWS seconds lasts here while nobody steps or changes the scale."""
    return aws_seconds / scale()


class Signal(threading.Event):
    """An event that ends a wait of this clock at once; a plain one is looked at now and then."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: set[threading.Event] = set()

    def set(self) -> None:
        super().set()
        for woken in list(self.waits):
            woken.set()


@dataclass(frozen=True, eq=False)
class Deadline:
    """A point on one of the lines; made by `after`, `at` and `work`."""

    line: Callable[[], float]
    point: float

    def left(self) -> float:
        """AWS seconds of a step that would reach it; 0 when it has passed."""
        return max(self.point - self.line(), 0.0)

    def passed(self) -> bool:
        return self.left() <= 0

    def wait(self, cancelled: threading.Event | None = None, at_most: float | None = None) -> bool:
        """True: it has passed. False: cancelled before, or `at_most` *real* seconds are over."""
        end = time.monotonic() + (3e7 if at_most is None else at_most)
        woken = threading.Event()
        watched = cancelled.waits if isinstance(cancelled, Signal) else set()
        polls = cancelled is not None and not isinstance(cancelled, Signal)
        with _lock:
            _waiting[woken] = self
            watched.add(woken)
        try:
            while not (cancelled is not None and cancelled.is_set()):
                if self.passed():
                    return True
                if (rest := end - time.monotonic()) <= 0:
                    return False
                woken.wait(min(self._real_left(), rest, _CANCEL_SECONDS if polls else 3600.0))
                woken.clear()
            return False
        finally:
            with _lock:
                del _waiting[woken]
                watched.discard(woken)

    def _real_left(self) -> float:
        return self.left() / (scale() if self.line is elapsed else 1.0)


def after(aws_seconds: float) -> Deadline:
    """The end of a duration that begins now."""
    return Deadline(elapsed, elapsed() + aws_seconds)


def at(timestamp: float) -> Deadline:
    """A point in time."""
    return Deadline(now, timestamp)


def work(seconds: float) -> Deadline:
    """A bound on real work, which no clock makes faster: neither scaled nor stepped."""
    return Deadline(time.monotonic, time.monotonic() + seconds)


def sleep(aws_seconds: float, cancelled: threading.Event | None = None) -> bool:
    """Sleep for a configured duration; False when it was cancelled before its end."""
    return after(aws_seconds).wait(cancelled)


def points() -> list[Deadline]:
    """What is waited for now and a step can reach."""
    with _lock:
        return [each for each in _waiting.values() if each.line is not time.monotonic]


def step(aws_seconds: float) -> None:
    """Pass over these seconds at once; `stepping.advance` does it in the order of what is due."""
    _mark(aws_seconds, scale())
