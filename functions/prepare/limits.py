"""When a training that nobody asked for may begin: a loop must not chase itself, nor run on.

New data and people do not wait and are not waited for. Each such training's row carries the counts
that the next is held to, so that one conditional write both counts and excludes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from functions.prepare.errors import CoolingDown, LoopPaused, MonthlyCap
from functions.shared.usecase import Retraining
from penstock import loop

Row = Mapping[str, str]


@dataclass(frozen=True)
class Past:
    """last: the newest training that nobody asked for; asked: the newest other one."""

    last: Row | None
    asked: Row | None
    champion: Row | None


def counts(trigger: str, past: Past, now: datetime, rules: Retraining) -> dict[str, str]:
    """What the row of this training is to carry; raises what forbids it.

    in_vain: how many in a row before it led to no release. month, in_month: the how many-th of the
    month (UTC) it is.
    """
    last = past.last
    if last is not None:
        _cool(trigger, datetime.fromisoformat(last["started_at"]), now, rules.cool_down_hours)
    in_vain = _in_vain(past)
    if last is not None and in_vain >= rules.give_up_after:
        raise LoopPaused(
            f"{in_vain} trainings in a row released nothing better, the last for {_why(last)}",
            where="usecase.yaml, key retraining.give_up_after",
            expected="new data, or a person's `penstock retrain`, which opens the loop again",
        )
    month = f"{now.astimezone(UTC):%Y-%m}"
    before = int(last.get("in_month", "1")) if last and last["started_at"][:7] == month else 0
    if before >= rules.max_per_month:
        raise MonthlyCap(
            f"{before} trainings that nobody asked for in {month}",
            where="usecase.yaml, key retraining.max_per_month",
            expected=f"none by {trigger} before {next_month(now):%Y-%m-%d}, unless a person asks",
        )
    return {"in_vain": str(in_vain), "in_month": str(before + 1)}


def next_month(now: datetime) -> datetime:
    """Its first moment, UTC."""
    first = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (first + timedelta(days=32)).replace(day=1)


def _cool(trigger: str, last: datetime, now: datetime, hours: float) -> None:
    ready = last + timedelta(hours=hours)
    if now < ready:
        raise CoolingDown(
            f"a training by {trigger} at {now:%Y-%m-%d %H:%M:%S} UTC, the last at {last:%H:%M:%S}",
            where="usecase.yaml, key retraining.cool_down_hours",
            expected=f"none before {ready:%Y-%m-%d %H:%M:%S} UTC ({hours:g} h)",
        )


def _in_vain(past: Past) -> int:
    last, asked = past.last, past.asked
    if last is None or loop.is_of(last.get("job"), past.champion):
        return 0
    if asked is not None and asked["started_at"] > last["started_at"]:
        return 0
    return int(last.get("in_vain", "0")) + 1


def _why(last: Row) -> str:
    return last.get("reason", last.get("trigger", "no known reason"))
