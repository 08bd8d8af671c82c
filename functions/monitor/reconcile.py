"""Whether a look should start a training: for a drift alarm that is on, or for enough new labels.

The alarm's event is the fast path, but alarms send events on a change only: one that fell into the
cool-down, or was lost, would never be heard of again. An alarm without new data keeps its state,
so it alone proves nothing: it may be about the champion before this one. Labels have no other path:
that they are enough is a sum, of which no single event tells.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from functions.shared.usecase import Retraining


@dataclass(frozen=True)
class Situation:
    """What is known. drifts: this look saw it too; new_labels: since the newest training;
    last_training: the newest that nobody asked for; held_back: in words, what holds back such."""

    alarm_state: str
    drifts: bool
    new_labels: int
    last_training: datetime | None
    is_training: bool
    is_releasing: bool = False
    held_back: str | None = None


def decide(now: datetime, situation: Situation, rules: Retraining) -> tuple[str | None, str]:
    """The trigger of the training to start, or None; and why."""
    trigger, why = _wanted(situation, rules)
    if trigger is None:
        return None, why
    if situation.is_training:
        return None, "a training is running"
    if situation.is_releasing:
        return None, "a release is running, perhaps of what was trained for this"
    if situation.last_training is not None:
        ready = situation.last_training + timedelta(hours=rules.cool_down_hours)
        if now < ready:
            return None, f"cooling down until {ready:%Y-%m-%d %H:%M:%S} UTC"
    if situation.held_back is not None:
        return None, situation.held_back
    return trigger, why


def _wanted(situation: Situation, rules: Retraining) -> tuple[str | None, str]:
    trigger, why = _drift(situation, rules)
    if trigger is None and "labels" in rules.on and rules.labels is not None:
        said = f"{situation.new_labels} new labels, {rules.labels} are asked for"
        return ("labels" if situation.new_labels >= rules.labels else None), f"{why}; {said}"
    return trigger, why


def _drift(situation: Situation, rules: Retraining) -> tuple[str | None, str]:
    if situation.alarm_state != "ALARM":
        return None, f"the drift alarm is {situation.alarm_state}"
    if not situation.drifts:
        return None, "the drift alarm is on, but this look does not confirm it"
    if "drift" not in rules.on:
        return None, "retraining.on has no drift"
    return "drift", "the drift alarm is on and nothing was started for it"
