"""When a schedule's expression is due next: rate(), cron() in a time zone, at().

MiniStack leaves time zones out. Upstream: `ScheduleExpressionTimezone`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from ministack.services import eventbridge

from localcloud import clock


@dataclass
class Timer:
    """When something is due next; an entry that is changed or enabled again gets a new one."""

    entry: dict[str, Any]
    expression: str
    zone: str
    began: float
    due: clock.Deadline | None = None

    @classmethod
    def of(cls, entry: dict[str, Any], began: float) -> Timer:
        """Of a rule or a schedule; it has not begun."""
        zone = entry.get("ScheduleExpressionTimezone") or "UTC"
        return cls(entry, str(entry.get("ScheduleExpression", "")).strip(), zone, began)

    def once(self) -> bool:
        return self.expression.startswith("at(")

    def same(self, other: Timer) -> bool:
        mine = (self.expression, self.zone, self.began)
        return mine == (other.expression, other.zone, other.began)

    def begin(self) -> None:
        if self.once():
            wall = datetime.fromisoformat(self.expression[3:-1].strip())
            self.due = clock.at(_epoch(wall, self.zone))
        else:
            self.again()

    def again(self) -> None:
        """The next time, or never; what was missed while nobody looked is not made up for."""
        interval = eventbridge._parse_rate_seconds(self.expression)
        if interval is not None:
            point = self.due.point if self.due else clock.elapsed_at(self.began)
            late = max(clock.elapsed() - point, 0) // interval
            self.due = clock.Deadline(clock.elapsed, point + (late + 1) * interval)
            return
        fields = eventbridge._parse_cron_fields(self.expression)
        after = self.due.point if self.due else clock.now()
        found = fields and eventbridge._cron_next_fire(fields, _local(after, self.zone))
        self.due = clock.at(_epoch(found, self.zone)) if found else None


def _local(moment: float, zone: str) -> datetime:
    """The wall clock there, named UTC: MiniStack walks fields and knows no other zone."""
    return datetime.fromtimestamp(moment, ZoneInfo(zone)).replace(tzinfo=UTC)


def _epoch(wall: datetime, zone: str) -> float:
    return wall.replace(tzinfo=ZoneInfo(zone)).timestamp()
