"""What others see of an execution's status: the event on the bus and AWS/States' metrics."""

from __future__ import annotations

import json
import logging
from datetime import datetime
from typing import Any

from ministack.services import cloudwatch, eventbridge

from localcloud.states.engine.scope import Run

log = logging.getLogger(__name__)

_PAYLOAD = 248 * 1024  # what is longer is left out of the event
_METRICS = {
    "RUNNING": "ExecutionsStarted",
    "SUCCEEDED": "ExecutionsSucceeded",
    "FAILED": "ExecutionsFailed",
    "ABORTED": "ExecutionsAborted",
    "TIMED_OUT": "ExecutionsTimedOut",
}


def redrive_status(record: dict[str, Any]) -> dict[str, Any]:
    """As DescribeExecution tells it; a child of a Map Run is redriven by its parent."""
    status = record["status"]
    if status in ("FAILED", "ABORTED", "TIMED_OUT"):
        if record.get("mapRunArn"):
            return {"redriveStatus": "REDRIVABLE_BY_MAP_RUN"}
        return {"redriveStatus": "REDRIVABLE"}
    reason = f"Execution is {status} and cannot be redriven"
    return {"redriveStatus": "NOT_REDRIVABLE", "redriveStatusReason": reason}


def status(run: Run) -> None:
    """Called at the start and at the end; express executions send no event, as on AWS."""
    record = run.record
    dimensions = [{"Name": "StateMachineArn", "Value": record["stateMachineArn"]}]
    names = {each["Name"]: each["Value"] for each in dimensions}
    metric = _METRICS[record["status"]]
    if metric == "ExecutionsStarted" and record["redriveCount"]:
        metric = "ExecutionsRedriven"
    cloudwatch.record_metric("AWS/States", metric, 1.0, "Count", names)
    if record["stopDate"]:
        spent = float(_milliseconds(record["stopDate"]) - _milliseconds(record["startDate"]))
        cloudwatch.record_metric("AWS/States", "ExecutionTime", spent, "Milliseconds", names)
    if not run.express:
        _put(record)


def _milliseconds(text: str) -> int:
    return int(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000)


def _put(record: dict[str, Any]) -> None:
    dates = {
        name: _milliseconds(record[name]) if record.get(name) else None
        for name in ("startDate", "stopDate", "redriveDate")
    }
    kept = ("executionArn", "stateMachineArn", "name", "status", "redriveCount")
    detail = {
        **{name: record[name] for name in kept},
        **dates,
        "stateMachineVersionArn": record.get("stateMachineVersionArn"),
        "stateMachineAliasArn": record.get("stateMachineAliasArn"),
        "redriveStatusReason": None,
        **redrive_status(record),
        "error": record.get("error"),
        "cause": record.get("cause"),
    }
    for name in ("input", "output"):
        text = record[name]
        fits = text is None or len(text) <= _PAYLOAD
        detail[name] = text if fits else None
        detail[f"{name}Details"] = {"included": fits} if text is not None else None
    entry = {
        "Source": "aws.states",
        "DetailType": "Step Functions Execution Status Change",
        "Detail": json.dumps(detail),
        "Resources": [record["executionArn"]],
    }
    try:
        eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)
    except Exception:
        log.exception("the event of %s was lost", record["executionArn"])
