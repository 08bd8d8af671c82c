"""The way of one invocation: lease a worker, run, write its log lines, keep AWS's own answer.

MiniStack replaces each error's type by `Runtime.HandlerError`, opens a log stream an invocation,
stamps every line with the end of it and cuts lines at any Unicode separator. Upstream:
`lambda_svc._execute_function_warm` and `_emit_lambda_logs`.
"""

from __future__ import annotations

import json
import math
import time
from contextvars import ContextVar
from typing import Any

from ministack.services import cloudwatch_logs, lambda_svc

from localcloud import lambda_pool
from localcloud.access import function_logs
from localcloud.lambda_worker import is_ours

# An event that is tried again keeps its request id, as on AWS.
request_identity: ContextVar[str | None] = ContextVar("localcloud_request_id", default=None)


def execute(func: dict[str, Any], event: Any, request_id: str) -> dict[str, Any]:
    config = func.get("config") or func
    lambda_svc._ensure_reaper_thread()
    worker = lambda_pool.lease(config, func["code_zip"])
    try:
        done = worker.invoke(
            event,
            request_id,
            trace_id=lambda_svc._xray_trace_id_for_invocation(config),
            invoked_function_arn=config.get("FunctionArn", ""),
        )
    finally:
        lambda_pool.release(worker)
    done["log"] = "\n".join(line for _, line in done["events"])
    if error := done["error"]:
        return {**done, "body": error, "error": True, "function_error": "Unhandled"}
    return {**done, "body": json.loads(done["result"]), "error": False}


def log(func: dict[str, Any], request_id: str, result: dict[str, Any], began: int) -> None:
    """START, what the function printed, END and REPORT, in the stream of its environment."""
    config = func.get("config") or func
    name, version = config["FunctionName"], config.get("Version", "$LATEST")
    group = (config.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{name}"
    if function_logs.are_refused(config["Role"], group, result["stream"]):
        return
    duration, start = result["duration_ms"], result["init_ms"]
    now = int(time.time() * 1000)
    billed = math.ceil(duration + (start or 0))  # since August 2025 AWS bills the start too
    report = [
        f"REPORT RequestId: {request_id}",
        f"Duration: {duration:.2f} ms",
        f"Billed Duration: {billed} ms",
        f"Memory Size: {config.get('MemorySize', 128)} MB",
        f"Max Memory Used: {result['memory_mb']} MB",
    ]
    if start is not None:
        report.append(f"Init Duration: {start:.2f} ms")
    lines = [
        (began, f"START RequestId: {request_id} Version: {version}"),
        *result["events"],
        (now, f"END RequestId: {request_id}"),
        (now, "\t".join(report) + "\t"),
    ]
    _write(group, result["stream"], lines, now)


def _write(group: str, stream: str, lines: list[tuple[int, str]], now: int) -> None:
    logs = cloudwatch_logs
    if group not in logs._log_groups:
        logs._log_groups[group] = {
            "arn": logs._make_group_arn(group),
            "creationTime": now,
            "retentionInDays": None,
            "tags": {},
            "subscriptionFilters": {},
            "streams": {},
        }
    streams = logs._log_groups[group]["streams"]
    if stream not in streams:
        streams[stream] = {
            "events": [],
            "uploadSequenceToken": "1",
            "creationTime": now,
            "firstEventTimestamp": None,
            "lastEventTimestamp": None,
            "lastIngestionTime": None,
        }
    events = [{"timestamp": at, "message": line} for at, line in lines]
    logs._append_log_events(streams[stream], [{**event, "ingestionTime": now} for event in events])
    logs._fanout_to_subscription_filters(group, stream, events)


def install() -> None:
    lambda_pool.install()
    warm, emit = lambda_svc._execute_function_warm, lambda_svc._emit_lambda_logs

    def execute_warm(func: dict[str, Any], event: Any, request_id: str) -> dict[str, Any]:
        if not is_ours(func.get("config") or func) or not func.get("code_zip"):
            return warm(func, event, request_id)  # type: ignore[no-any-return]
        request_id = request_identity.get() or request_id
        began = int(time.time() * 1000)
        result = execute(func, event, request_id)
        log(func, request_id, result, began)
        return result

    def emit_logs(func: dict[str, Any], *rest: Any, **named: Any) -> None:
        if not is_ours(func.get("config") or func):  # our workers' lines are written above
            emit(func, *rest, **named)

    lambda_svc._execute_function_warm = execute_warm
    lambda_svc._emit_lambda_logs = emit_logs
