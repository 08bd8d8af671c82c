"""Metric alarms are evaluated all the time, over windows that the clock shrinks.

MiniStack evaluates an alarm only when a metric is put by API, over all dimensions at once, and
knows neither missing data nor "M out of N". Upstream: `cloudwatch._evaluate_alarm` and a ticker.
"""

from __future__ import annotations

import logging
import operator
import threading
import time
from collections.abc import Callable
from typing import Any

from ministack.services import cloudwatch

from localcloud import clock

_log = logging.getLogger("localcloud.alarms")
_TICK_SECONDS = 0.1
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
_lock = threading.Lock()


def statistic_of(alarm: dict[str, Any]) -> str:
    return str(alarm.get("ExtendedStatistic") or alarm.get("Statistic") or "Average")


def datapoints(alarm: dict[str, Any], points: list[dict[str, Any]]) -> list[float | None]:
    """The statistic of each of the last N periods, newest first; None where there is no data."""
    windows: list[list[dict[str, Any]]] = [[] for _ in range(alarm.get("EvaluationPeriods", 1))]
    for point in points:
        index = int(max(clock.age(point["Timestamp"]), 0.0) / alarm.get("Period", 60))
        if index < len(windows):
            windows[index].append(point)
    return [_value(alarm, window) for window in windows]


def _value(alarm: dict[str, Any], window: list[dict[str, Any]]) -> float | None:
    if not window:
        return None
    stats = cloudwatch._calc_stats(window)
    return cloudwatch._stat_value(stats, statistic_of(alarm), window)  # type: ignore[no-any-return]


def next_state(alarm: dict[str, Any], values: list[float | None]) -> str:
    """AWS's rule: M breaching of N, where missing data count as the alarm says."""
    known = [value for value in values if value is not None]
    missing = len(values) - len(known)
    treat = alarm.get("TreatMissingData") or "missing"
    compare, threshold = _COMPARE[alarm["ComparisonOperator"]], float(alarm["Threshold"])
    breaching = sum(compare(value, threshold) for value in known)
    needed = alarm.get("DatapointsToAlarm") or len(values)
    if treat == "breaching":
        return "ALARM" if breaching + missing >= needed else "OK"
    if treat == "notBreaching":
        return "ALARM" if breaching >= needed else "OK"
    if not known:
        return str(alarm["StateValue"]) if treat == "ignore" else "INSUFFICIENT_DATA"
    if treat == "ignore" and len(known) < needed:
        return str(alarm["StateValue"])
    return "ALARM" if breaching >= min(needed, len(known)) else "OK"


def evaluate(alarm: dict[str, Any]) -> None:
    """Move one alarm to the state its data ask for; what follows a change is MiniStack's."""
    if not alarm.get("MetricName") or alarm.get("ComparisonOperator") not in _COMPARE:
        return
    dimensions = cloudwatch._dims_from_list(alarm.get("Dimensions") or [])
    key = (alarm.get("Namespace"), alarm["MetricName"], cloudwatch._dims_key(dimensions))
    values = datapoints(alarm, list(cloudwatch._metrics.get(key) or []))
    with _lock:
        old, new = alarm["StateValue"], next_state(alarm, values)
        if old == new:
            return
        alarm["StateValue"] = new
        alarm["StateReason"] = reason = _reason(alarm, values, new)
        alarm["StateUpdatedTimestamp"] = int(time.time())
    cloudwatch._record_history(alarm["AlarmName"], old, new, reason)
    cloudwatch._dispatch_alarm_actions(alarm, old, new, reason)
    cloudwatch._evaluate_parent_alarms(alarm)


def _reason(alarm: dict[str, Any], values: list[float | None], new: str) -> str:
    known = [f"{value:g}" for value in values if value is not None]
    if not known:
        treat = alarm.get("TreatMissingData") or "missing"
        return f"Threshold Crossed: no datapoints were received and were treated as [{treat}]."
    words = "Threshold Crossed" if new == "ALARM" else "Threshold no longer crossed"
    return (
        f"{words}: datapoints [{', '.join(known)}] ({statistic_of(alarm)}), "
        f"{alarm['ComparisonOperator']} {float(alarm['Threshold']):g}, "
        f"{len(values) - len(known)} of {len(values)} missing."
    )


def install() -> None:
    cloudwatch._evaluate_alarm = evaluate

    def tick() -> None:
        while True:
            time.sleep(_TICK_SECONDS)
            for alarm in list(cloudwatch._alarms.values()):
                try:
                    evaluate(alarm)
                except Exception:
                    _log.exception("alarm %s was not evaluated", alarm.get("AlarmName"))

    threading.Thread(target=tick, daemon=True, name="localcloud-alarms").start()
