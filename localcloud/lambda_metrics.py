"""AWS/Lambda metrics with the dimensions that AWS gives them, counted for every way to invoke.

MiniStack counts by FunctionName alone, counts an asynchronous invocation before it has run, and
none that a rule or state machine started. Upstream: `lambda_svc._emit_lambda_metrics`, called
from `_execute_function`.
"""

from __future__ import annotations

import time
from typing import Any

from ministack.services import cloudwatch, lambda_svc


def dimensions(config: dict[str, Any]) -> list[dict[str, str]]:
    """By function, by what was invoked (name, name:alias or name:version), by what then ran."""
    name, version = config["FunctionName"], config.get("Version", "$LATEST")
    qualifier = config.get("FunctionArn", "").split(":")[7:]
    resource = ":".join([name, *qualifier])
    sets = [{"FunctionName": name}, {"FunctionName": name, "Resource": resource}]
    if qualifier and qualifier[0] not in (version, "$LATEST"):  # AWS: for an alias only
        sets.append({"FunctionName": name, "Resource": resource, "ExecutedVersion": version})
    return sets


def record(config: dict[str, Any], result: dict[str, Any], duration_ms: float) -> None:
    throttled = bool(result.get("throttle"))
    values = [("Throttles", float(throttled), "Count")]
    if not throttled:
        values += [
            ("Invocations", 1.0, "Count"),
            ("Errors", float(bool(result.get("error"))), "Count"),
            ("Duration", duration_ms, "Milliseconds"),
        ]
    for dims in dimensions(config):
        for metric, value, unit in values:
            cloudwatch.record_metric("AWS/Lambda", metric, value, unit, dims)


def install() -> None:
    execute = lambda_svc._execute_function

    def counted(func: dict[str, Any], event: Any) -> dict[str, Any]:
        config = func.get("config") or func
        if lambda_svc._function_config_scope_mismatch(config):
            return execute(func, event)  # type: ignore[no-any-return]  # it comes back here
        began = time.monotonic()
        result = execute(func, event)
        elapsed = (time.monotonic() - began) * 1000
        record(config, result, result.get("duration_ms", elapsed))
        return result  # type: ignore[no-any-return]

    lambda_svc._execute_function = counted
    lambda_svc._emit_lambda_metrics = lambda *_, **__: None
