"""Alarms with their state and the metric's values, period by period, beside the threshold."""

from __future__ import annotations

from typing import Any

from ministack.services import cloudwatch

from localcloud import alarms, clock
from localcloud.page.bounded import Document, first, seconds

_PERIODS = 40
_MOST_POINTS = 5_000
_STATES = ("ALARM", "INSUFFICIENT_DATA", "OK")


def section() -> Document:
    """Those that sound come first."""
    found = [*cloudwatch._alarms.values(), *cloudwatch._composite_alarms.values()]
    found.sort(key=lambda a: (_STATES.index(a["StateValue"]), str(a["AlarmName"])))
    return first(found, _shown)


def _shown(alarm: dict[str, Any]) -> Document:
    metric = f"{alarm.get('Namespace')} {alarm['MetricName']}" if alarm.get("MetricName") else None
    return {
        "name": alarm["AlarmName"],
        "description": alarm.get("AlarmDescription") or None,
        "state": alarm["StateValue"],
        "reason": alarm.get("StateReason") or None,
        "changed": seconds(alarm.get("StateUpdatedTimestamp")),
        "rule": alarm.get("AlarmRule"),
        "metric": metric,
        "plot": _plot(alarm) if metric else None,
    }


def _plot(alarm: dict[str, Any]) -> Document:
    """`values` are the last periods', the oldest first; None where there were no data."""
    dimensions = cloudwatch._dims_from_list(alarm.get("Dimensions") or [])
    key = (alarm.get("Namespace"), alarm["MetricName"], cloudwatch._dims_key(dimensions))
    period = alarm.get("Period") or 60
    count = max(_PERIODS, alarm.get("EvaluationPeriods") or 1)
    points = list(cloudwatch._metrics.get(key) or [])[-_MOST_POINTS:]
    recent = [point for point in points if clock.age(point["Timestamp"]) < count * period]
    values = alarms.datapoints({**alarm, "EvaluationPeriods": count, "Period": period}, recent)
    return {
        "values": values[::-1],
        "threshold": alarm.get("Threshold"),
        "comparison": alarm.get("ComparisonOperator"),
        "statistic": alarms.statistic_of(alarm),
        "period": period,
        "evaluated": alarm.get("EvaluationPeriods") or 1,
        "needed": alarm.get("DatapointsToAlarm") or alarm.get("EvaluationPeriods") or 1,
        "dimensions": dimensions,
    }
