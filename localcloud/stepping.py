"""Stepping the clock: from one due point to the next, each in its order.

What becomes due happens before the step goes on, and what waits again inside the step is woken
inside it too.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from localcloud import busy, clock

_SETTLE_SECONDS = 0.05  # real time for what has become due to happen before a step goes on
_BUSY_SECONDS = 5.0  # a step does not wait longer for work that it has caused
_WAKE_SECONDS = 1.0  # nor for a thread that is to see that its wait is over
_stepping = threading.Lock()


@dataclass(frozen=True)
class Calendar:
    """Due points that lie in a table: a step asks for the first and serves it by itself, and so
    passes none of them while the thread that looks at the table is busy elsewhere."""

    left: Callable[[], float | None]  # AWS seconds to the first that is not served, if any
    serve: Callable[[], None]  # does what is due; whoever else calls it does nothing twice


_calendars: list[Calendar] = []


def follow(calendar: Calendar) -> None:
    """From now on a step heeds this calendar."""
    _calendars.append(calendar)


def advance(aws_seconds: float) -> None:
    """Step forward by so much; ValueError unless that is zero to a year."""
    if not 0 <= aws_seconds <= 366 * 86400:
        raise ValueError(f"a step of {aws_seconds:g} s: expected 0 to a year")
    with _stepping:
        while aws_seconds > 0:
            ahead = [point.left() for point in clock.points()]
            ahead += [left for each in _calendars if (left := each.left()) is not None]
            step = min([*(left for left in ahead if left > 0), aws_seconds])
            clock.step(step)
            aws_seconds -= step
            for calendar in _calendars:
                calendar.serve()
            _let_wake()
            time.sleep(_SETTLE_SECONDS)
            busy.wait(_BUSY_SECONDS)


def _let_wake() -> None:
    """Until every thread whose wait is over has gone on, or for a second."""
    end = time.monotonic() + _WAKE_SECONDS
    while any(point.passed() for point in clock.points()) and time.monotonic() < end:
        time.sleep(0.005)
