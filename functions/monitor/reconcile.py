"""Whether a drift alarm that is on should start a training.

The alarm's event is the fast path, but alarms send events on a change only: one that fell into the
cool-down, or was lost, would never be heard of again. An alarm without new data keeps its state,
so it alone proves nothing: it may be about the champion before this one.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Situation:
    """What is known; `drifts`: this look saw it too; `last_training`: the newest retraining's."""

    alarm_state: str
    drifts: bool
    wanted: bool
    cool_down_hours: float
    last_training: datetime | None
    is_training: bool


def decide(now: datetime, situation: Situation) -> tuple[bool, str]:
    """Start or not, and why."""
    if situation.alarm_state != "ALARM":
        return False, f"the drift alarm is {situation.alarm_state}"
    if not situation.drifts:
        return False, "the drift alarm is on, but this look does not confirm it"
    if not situation.wanted:
        return False, "retraining.on has no drift"
    if situation.is_training:
        return False, "a training is running"
    if situation.last_training is not None:
        ready = situation.last_training + timedelta(hours=situation.cool_down_hours)
        if now < ready:
            return False, f"cooling down until {ready:%Y-%m-%d %H:%M:%S} UTC"
    return True, "the drift alarm is on and nothing was started for it"
