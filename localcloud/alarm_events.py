"""An alarm that changes its state says so on the event bus, whoever changed it.

MiniStack tells SNS only. Upstream: a `_put_events` in `cloudwatch._dispatch_alarm_actions`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from ministack.services import cloudwatch

from localcloud import events


def detail(alarm: dict[str, Any], old: str, new: str, reason: str) -> dict[str, Any]:
    """The event's detail, with AWS's member names."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"
    configuration: dict[str, Any] = {"description": alarm.get("AlarmDescription") or ""}
    if "AlarmRule" in alarm:
        configuration["alarmRule"] = alarm["AlarmRule"]
    else:
        metric = {
            "namespace": alarm.get("Namespace"),
            "name": alarm.get("MetricName"),
            "dimensions": cloudwatch._dims_from_list(alarm.get("Dimensions") or []),
        }
        stat = alarm.get("ExtendedStatistic") or alarm.get("Statistic")
        metric_stat = {"metric": metric, "period": alarm.get("Period", 60), "stat": stat}
        configuration["metrics"] = [{"id": "m1", "metricStat": metric_stat, "returnData": True}]
    return {
        "alarmName": alarm["AlarmName"],
        "configuration": configuration,
        "previousState": {"value": old},
        "state": {"value": new, "reason": reason, "timestamp": now},
    }


def install() -> None:
    dispatch = cloudwatch._dispatch_alarm_actions

    def announced(alarm: dict[str, Any], old: str, new: str, reason: str) -> None:
        what = detail(alarm, old, new, reason)
        events.put("aws.cloudwatch", "CloudWatch Alarm State Change", what, [alarm["AlarmArn"]])
        dispatch(alarm, old, new, reason)

    cloudwatch._dispatch_alarm_actions = announced
