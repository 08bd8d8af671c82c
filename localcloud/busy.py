"""What a step of the clock waits for: work that something due has caused and that is under way.

Without it a step would run ahead of the deliveries of an hour that it has just passed.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import ParamSpec, TypeVar

_P = ParamSpec("_P")
_R = TypeVar("_R")
_changed = threading.Condition()
_under_way = 0


def holding(work: Callable[_P, _R]) -> Callable[_P, _R]:
    """`work`, to be called once: it counts as under way from now until that call returns."""
    _count(1)

    @functools.wraps(work)
    def held(*words: _P.args, **more: _P.kwargs) -> _R:
        try:
            return work(*words, **more)
        finally:
            _count(-1)

    return held


def _count(change: int) -> None:
    global _under_way
    with _changed:
        _under_way += change
        _changed.notify_all()


def wait(at_most: float) -> bool:
    """Until nothing is under way; False when that takes longer than these (real) seconds."""
    with _changed:
        return _changed.wait_for(lambda: _under_way == 0, at_most)
