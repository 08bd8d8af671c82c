"""Embedded metric format: a log line that carries metrics becomes CloudWatch metrics.

MiniStack keeps such a line as text. Upstream: a call of `metrics_of` where `cloudwatch_logs`
accepts events. Format: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/
CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_log = logging.getLogger("localcloud.emf")


class EmfError(ValueError):
    """The line declares metrics, and breaks the specification."""


@dataclass(frozen=True)
class Datum:
    namespace: str
    name: str
    dimensions: dict[str, str]
    values: list[float]
    unit: str
    timestamp: float  # seconds


def metrics_of(line: str) -> list[Datum]:
    """The data of a line; none when it declares no metrics. Raises EmfError."""
    if '"CloudWatchMetrics"' not in line:
        return []
    try:
        document = json.loads(line)
    except ValueError:
        return []
    if not isinstance(document, dict):
        return []
    head = document.get("_aws", document)  # version 0 had its metadata among the members
    if not isinstance(head, dict) or "CloudWatchMetrics" not in head:
        return []
    timestamp = head.get("Timestamp")
    if not isinstance(timestamp, int) or isinstance(timestamp, bool):
        raise EmfError("_aws.Timestamp: expected milliseconds since 1970 as an integer")
    directives = head["CloudWatchMetrics"]
    if not isinstance(directives, list):
        raise EmfError("_aws.CloudWatchMetrics: expected a list")
    return [
        datum for directive in directives for datum in _data(document, directive, timestamp / 1000)
    ]


def _data(document: dict[str, Any], directive: Any, timestamp: float) -> Iterator[Datum]:
    if not isinstance(directive, dict) or not isinstance(directive.get("Namespace"), str):
        raise EmfError("CloudWatchMetrics: expected objects with a Namespace")
    metrics, sets = directive.get("Metrics"), directive.get("Dimensions")
    if not isinstance(metrics, list) or len(metrics) > 100:
        raise EmfError("Metrics: expected a list of at most 100")
    if not isinstance(sets, list):
        raise EmfError("Dimensions: expected a list of lists of member names")
    for names in sets or [[]]:
        dimensions = _dimensions(document, names)
        for metric in metrics:
            if not isinstance(metric, dict) or not isinstance(metric.get("Name"), str):
                raise EmfError("Metrics: expected objects with a Name")
            name, unit = metric["Name"], metric.get("Unit", "None")
            values = _values(document, name)
            yield Datum(directive["Namespace"], name, dimensions, values, unit, timestamp)


def _dimensions(document: dict[str, Any], names: Any) -> dict[str, str]:
    if not isinstance(names, list) or len(names) > 30:
        raise EmfError("Dimensions: expected lists of at most 30 member names")
    found = {name: document.get(name) for name in names}
    for name, value in found.items():
        if not isinstance(value, str) or not value:
            raise EmfError(f"dimension {name}: expected a text among the line's members")
    return {name: str(value) for name, value in found.items()}


def _values(document: dict[str, Any], name: str) -> list[float]:
    value = document.get(name)
    values = value if isinstance(value, list) else [value]
    if not values or len(values) > 100:
        raise EmfError(f"metric {name}: expected 1 to 100 values")
    numbers = [float(v) for v in values if isinstance(v, (int, float)) and not isinstance(v, bool)]
    if len(numbers) < len(values):
        raise EmfError(f"metric {name}: expected a number, or a list of numbers, among the members")
    return numbers


def publish(group: str, events: list[dict[str, Any]]) -> None:
    """Store the metrics of a batch of log events; a broken line is counted, as AWS does."""
    from ministack.services import cloudwatch

    for event in events:
        try:
            data = metrics_of(event.get("message", ""))
        except EmfError as error:
            _log.warning("%s: a line's embedded metrics were dropped: %s", group, error)
            where = {"LogGroupName": group}
            cloudwatch.record_metric("AWS/Logs", "EMFValidationErrors", 1, "Count", where)
            continue
        for d in data:
            cloudwatch._store_datum(
                d.namespace, d.name, d.dimensions, d.timestamp, d.unit, None, d.values, None, None
            )


def install() -> None:
    from ministack.services import cloudwatch_logs

    fanout = cloudwatch_logs._fanout_to_subscription_filters

    def with_metrics(group: str, stream: str, events: list[dict[str, Any]]) -> None:
        publish(group, events)
        fanout(group, stream, events)

    cloudwatch_logs._fanout_to_subscription_filters = with_metrics
