"""Lambda's functions: versions, what each alias's traffic goes to, invocations and errors."""

from __future__ import annotations

from typing import Any

from ministack.services import cloudwatch, lambda_svc

from localcloud.page.bounded import Document, first

_LAST_VERSIONS = 5


def section() -> Document:
    found = sorted(lambda_svc._functions.values(), key=lambda f: str(f["config"]["FunctionName"]))
    return first(found, _shown, most=100)


def _shown(function: dict[str, Any]) -> Document:
    config = function["config"]
    name = config["FunctionName"]
    versions = list(function["versions"])
    return {
        "name": name,
        "runtime": config.get("Runtime") or config.get("PackageType"),
        "memory": config.get("MemorySize"),
        "timeout": config.get("Timeout"),
        "state": config.get("State"),
        "update": config.get("LastUpdateStatus"),
        "versions": versions[-_LAST_VERSIONS:],
        "versions_left_out": max(len(versions) - _LAST_VERSIONS, 0),
        "aliases": [_alias(name, alias) for alias in list(function["aliases"].values())],
        "log_group": (config.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{name}",
        **_metrics({"FunctionName": name}),
    }


def _alias(function: str, alias: dict[str, Any]) -> Document:
    extra = (alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
    weights = {alias["FunctionVersion"]: 1.0 - sum(extra.values()), **extra}
    where = {"FunctionName": function, "Resource": f"{function}:{alias['Name']}"}
    return {
        "name": alias["Name"],
        "routes": [
            {
                "version": version,
                "weight": round(weight, 6),
                **_metrics({**where, "ExecutedVersion": version}),
            }
            for version, weight in weights.items()
        ],
    }


def _metrics(dimensions: dict[str, str]) -> Document:
    return {
        "invocations": _total("Invocations", dimensions),
        "errors": _total("Errors", dimensions),
        "throttles": _total("Throttles", dimensions),
    }


def _total(metric: str, dimensions: dict[str, str]) -> int:
    key = ("AWS/Lambda", metric, cloudwatch._dims_key(dimensions))
    return int(sum(point["Value"] for point in list(cloudwatch._metrics.get(key) or [])))
