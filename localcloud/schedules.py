"""Event rules with a schedule and EventBridge Scheduler, fired by the clock in the order of time.

rate() is a duration; cron() and at() are points in time, which come with the time of day or when
a step passes them: as many times as the step has occurrences. MiniStack looks every 10 s and fires
once for all that it missed. Upstream: the two tickers' `now`.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from typing import Any

from ministack.core.responses import new_uuid, set_request_account_id, set_request_region
from ministack.services import eventbridge, scheduler

from localcloud import clock, stepping
from localcloud.tables import table
from localcloud.timer import Timer

_log = logging.getLogger("localcloud.schedules")
_LOOK_SECONDS = 0.1  # how soon a new rule or schedule is seen
_SCHEDULER = "aws.scheduler"

Key = tuple[str, str, str, str]  # (source, account, region, name)


_timers: dict[Key, Timer] = {}
_firing = threading.RLock()  # the loop and a step of the clock both look, one at a time


def _entries() -> Iterator[tuple[Key, Timer]]:
    """Every enabled rule and schedule, with a timer that has not begun."""
    for key, rule in list(eventbridge._rules._data.items()):
        if rule.get("State") == "ENABLED" and rule.get("ScheduleExpression"):
            yield ("aws.events", *key), Timer.of(rule, rule.get("CreationTime", 0.0))
    for key, entry in list(scheduler._schedules._data.items()):
        timer = Timer.of(entry, entry.get("CreationDate", 0.0))
        timer.began = max(timer.began, scheduler._to_epoch(entry.get("StartDate")) or 0.0)
        done = table("schedules.done").get("/".join(key)) == [timer.expression, timer.began]
        if entry.get("State") == "ENABLED" and not done:
            yield (_SCHEDULER, *key), timer


def due_next() -> Timer | None:
    """Bring the timers up to date with the rules and schedules; the one that is due first."""
    found = dict(_entries())
    for key, timer in found.items():
        known = _timers.get(key)
        if known is not None and known.same(timer):
            known.entry = timer.entry
            continue
        _timers[key] = timer
        try:
            timer.begin()
        except (ValueError, LookupError):
            _log.warning("%s: the schedule %r is not understood", key, timer.expression)
    for key in _timers.keys() - found.keys():
        del _timers[key]
    return min((timer for timer in _timers.values() if timer.due), key=_left, default=None)


def _left(timer: Timer) -> float:
    assert timer.due is not None
    return timer.due.point - timer.due.line()  # the most overdue first


def left() -> float | None:
    """AWS seconds of a step that reaches the next time of any; None without one."""
    with _firing:
        timer = due_next()
        return timer.due.left() if timer and timer.due else None


def fire_due() -> None:
    """Each firing brings its own next time into the order, which several may come in."""
    with _firing:
        _fire_due()


def _fire_due() -> None:
    while (timer := due_next()) and timer.due is not None and timer.due.passed():
        key = next(key for key, each in _timers.items() if each is timer)
        moment = timer.due.point if timer.due.line is clock.now else clock.now()
        if timer.once():
            _finish(key, timer)
        else:
            timer.again()
        if key[0] == _SCHEDULER and not _active(key, timer, moment):
            continue
        try:
            _fire(key, timer.entry)
        except Exception:
            _log.exception("%s was not fired", key)


def _finish(key: Key, timer: Timer) -> None:
    timer.due = None
    table("schedules.done")["/".join(key[1:])] = [timer.expression, timer.began]
    if timer.entry.get("ActionAfterCompletion") == "DELETE":
        scheduler._schedules._data.pop(key[1:], None)


def _active(key: Key, timer: Timer, moment: float) -> bool:
    """A recurring schedule is active from its StartDate to its EndDate."""
    start, end = (scheduler._to_epoch(timer.entry.get(name)) for name in ("StartDate", "EndDate"))
    if end is not None and moment > end:
        _finish(key, timer)
        return False
    return start is None or moment >= start


def _fire(key: Key, entry: dict[str, Any]) -> None:
    source, account, region, _ = key
    set_request_account_id(account)
    set_request_region(region)
    event = {
        "EventId": new_uuid(),
        "Source": source,
        "DetailType": "Scheduled Event",
        "Detail": "{}",
        "Time": time.time(),
        "Resources": [entry.get("Arn", "")],
        "Account": account,
        "Region": region,
        "EventBusName": entry.get("EventBusName", "default"),
    }
    if source == _SCHEDULER:
        eventbridge._invoke_target(entry.get("Target") or {}, event, entry)
        return
    view = eventbridge._pattern_event_view(event)
    for target in eventbridge._targets._data.get(key[1:], []):
        eventbridge._invoke_target(target, event, entry, view)


def _loop() -> None:
    while True:
        try:
            with _firing:
                timer = due_next()
            if timer is None or timer.due is None:
                time.sleep(_LOOK_SECONDS)
                continue
            timer.due.wait(at_most=_LOOK_SECONDS)
            fire_due()
        except Exception:
            _log.exception("the schedules were not looked at")
            time.sleep(_LOOK_SECONDS)


def install() -> None:
    eventbridge._tick_scheduled_rules = lambda: None
    scheduler._tick_schedules = lambda: None
    stepping.follow(stepping.Calendar(left, fire_due))
    threading.Thread(target=_loop, daemon=True, name="localcloud-schedules").start()
