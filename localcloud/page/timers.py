"""Event rules and schedules: when they fire or what they match, and whom they call."""

from __future__ import annotations

from typing import Any

from ministack.services import eventbridge, scheduler

from localcloud.page.bounded import Document, first


def rules() -> Document:
    return first(sorted(eventbridge._rules.items(), key=lambda pair: str(pair[0])), _rule)


def _rule(pair: tuple[str, dict[str, Any]]) -> Document:
    key, rule = pair
    return {
        "name": rule["Name"],
        "bus": rule["EventBusName"],
        "state": rule["State"],
        "schedule": rule.get("ScheduleExpression") or None,
        "pattern": rule.get("EventPattern") or None,
        "targets": [target.get("Arn") for target in list(eventbridge._targets.get(key) or [])],
    }


def schedules() -> Document:
    return first(sorted(scheduler._schedules.items()), _schedule)


def _schedule(pair: tuple[str, dict[str, Any]]) -> Document:
    key, schedule = pair
    return {
        "name": key,
        "state": schedule.get("State", "ENABLED"),
        "schedule": schedule["ScheduleExpression"],
        "zone": schedule.get("ScheduleExpressionTimezone"),
        "targets": [schedule.get("Target", {}).get("Arn")],
    }
