"""The one place where a configured AWS duration becomes real seconds.

Timestamps are never touched: an event carries the time at which it happened. Only durations that
a template configures (alarm periods, bakes, waits, rates, buffers) shrink.
"""

from __future__ import annotations

_scale = 1.0


def set_scale(time_scale: float) -> None:
    """AWS seconds that pass in one real second; the server calls this once, at its start."""
    global _scale
    if time_scale < 1:
        raise ValueError(f"time scale {time_scale:g}: expected 1 or more")
    _scale = time_scale


def scale() -> float:
    return _scale


def real_seconds(aws_seconds: float) -> float:
    """How long a duration of `aws_seconds`, as a template configures it, lasts here."""
    return aws_seconds / _scale
