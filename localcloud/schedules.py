"""rate() of EventBridge rules and Scheduler follows the clock; MiniStack looks every 10 s.

at() names a point in time and cron() points in time: they are not durations and stay as they are.
Step Functions' waits and retry intervals follow by MiniStack's own SFN_WAIT_SCALE (server.py).
Upstream: a scale in `eventbridge._parse_rate_seconds`, a setting for the two tick intervals.
"""

from __future__ import annotations

from ministack.services import eventbridge, scheduler

from localcloud.clock import real_seconds

_TICK_SECONDS = 0.2


def install() -> None:
    parse = eventbridge._parse_rate_seconds

    def shrunk(expression: str) -> float | None:
        seconds = parse(expression)
        return None if seconds is None else real_seconds(seconds)

    eventbridge._parse_rate_seconds = shrunk
    eventbridge._SCHEDULER_TICK_INTERVAL = _TICK_SECONDS
    scheduler._SCHEDULE_TICK_INTERVAL = _TICK_SECONDS
