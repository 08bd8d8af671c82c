"""Execution logs in CloudWatch Logs, by the machine's level, as vended logs are written."""

from __future__ import annotations

import hashlib
import json
import logging
from datetime import UTC, datetime
from typing import Any

from localcloud.states.engine.scope import Run

_log = logging.getLogger("localcloud.states")
_FATAL = {"ExecutionFailed", "ExecutionAborted", "ExecutionTimedOut"}
_PAYLOAD = {"input", "output", "parameters"}


def write(run: Run, event: dict[str, Any], key: str) -> None:
    settings = run.record["_machine"].get("loggingConfiguration") or {}
    if not _wanted(settings.get("level", "OFF"), event["type"]):
        return
    moment = _moment(event["timestamp"])
    line = {
        "id": str(event["id"]),
        "type": event["type"],
        "details": _details(event.get(key, {}), bool(settings.get("includeExecutionData"))),
        "redrive_count": str(run.record.get("redriveCount", 0)),
        "previous_event_id": str(event["previousEventId"]),
        "event_timestamp": str(int(moment.timestamp() * 1000)),
        "execution_arn": run.record["executionArn"],
    }
    for destination in settings.get("destinations") or []:
        arn = destination.get("cloudWatchLogsLogGroup", {}).get("logGroupArn", "")
        _put(arn.removesuffix(":*").partition(":log-group:")[2], run, moment, json.dumps(line))


def _wanted(level: str, kind: str) -> bool:
    if level == "ALL" or (level != "OFF" and kind in _FATAL):
        return True
    return level == "ERROR" and kind.endswith(("Failed", "TimedOut", "Aborted"))


def _details(details: dict[str, Any], everything: bool) -> dict[str, Any]:
    return {key: part for key, part in details.items() if everything or key not in _PAYLOAD}


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC)


def _put(group: str, run: Run, moment: datetime, line: str) -> None:
    """The delivery service writes them, not the role: what the role needs is checked when the
    machine is made. A group that is gone loses its lines, as on AWS."""
    from ministack.services import cloudwatch_logs

    digest = hashlib.sha256(run.record["executionArn"].encode()).hexdigest()[:8]
    name = run.record["_machine"]["name"]
    stream = f"states/{name}/{moment:%Y-%m-%d-%H-%M}/{digest}"
    where = {"logGroupName": group, "logStreamName": stream}
    entry = {"timestamp": int(moment.timestamp() * 1000), "message": line}
    cloudwatch_logs._create_log_stream(where)
    status, _, body = cloudwatch_logs._put_log_events({**where, "logEvents": [entry]})
    if status != 200:
        _log.warning("%s was not logged: %s", run.record["executionArn"], body)
