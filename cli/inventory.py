"""What a target holds, by the same calls for the local cloud and AWS: the newest of each kind."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from botocore.exceptions import ClientError

from cli.target import Target

_MOST_READ = 100  # of each kind: in a large account the rest is not asked for
_MOST_MACHINES = 20
_JOBS = ("TrainingJob", "ProcessingJob", "TransformJob", "HyperParameterTuningJob")
_METHODS = ("training_jobs", "processing_jobs", "transform_jobs", "hyper_parameter_tuning_jobs")

Row = tuple[str, ...]


@dataclass(frozen=True)
class Listing:
    """`rows` are at most as many as were asked for; `more` says that there are others."""

    title: str
    heads: Row
    rows: tuple[Row, ...] = ()
    more: bool = False
    problem: str = ""


def everything(target: Target, limit: int) -> Iterable[Listing]:
    """Each kind in turn; one that may not be read says so, and the others are shown."""
    for title, heads, read in _KINDS:
        try:
            found = read(target)
        except ClientError as error:
            yield Listing(title, heads, problem=str(error))
        else:
            yield Listing(title, heads, tuple(found[:limit]), len(found) > limit)


def _some(target: Target, service: str, call: str, key: str, **words: Any) -> list[Any]:
    pages = target.client(service).get_paginator(call).paginate(**words)
    return list(islice((item for page in pages for item in page[key]), _MOST_READ))


def _newest(items: Iterable[Any], when: str) -> list[Any]:
    oldest = datetime.min.replace(tzinfo=UTC)
    return sorted(items, key=lambda item: item.get(when) or oldest, reverse=True)


def _time(moment: datetime | None) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M:%S}" if moment else ""


def _stacks(target: Target) -> list[Row]:
    found = _some(target, "cloudformation", "describe_stacks", "Stacks")
    rows = [{**s, "when": s.get("LastUpdatedTime") or s["CreationTime"]} for s in found]
    return [(s["StackName"], s["StackStatus"], _time(s["when"])) for s in _newest(rows, "when")]


def _functions(target: Target) -> list[Row]:
    rows = []
    for function in _some(target, "lambda", "list_functions", "Functions"):
        memory = f"{function.get('MemorySize', '')} MB"
        kind = function.get("Runtime") or function.get("PackageType", "")
        changed = str(function["LastModified"])[:19].replace("T", " ")
        rows.append((function["FunctionName"], kind, memory, changed))
    return sorted(rows, key=lambda row: row[3], reverse=True)


def _executions(target: Target) -> list[Row]:
    machines = _some(target, "stepfunctions", "list_state_machines", "stateMachines")
    found: list[Any] = []
    for machine in [m for m in machines if m["type"] == "STANDARD"][:_MOST_MACHINES]:
        answer = target.client("stepfunctions").list_executions(
            stateMachineArn=machine["stateMachineArn"], maxResults=_MOST_READ
        )
        found += [{**each, "machine": machine["name"]} for each in answer["executions"]]
    return [
        (e["name"], e["machine"], e["status"], _time(e["startDate"]))
        for e in _newest(found, "startDate")
    ]


def _jobs(target: Target) -> list[Row]:
    found: list[Any] = []
    for kind, method in zip(_JOBS, _METHODS, strict=True):
        client = target.client("sagemaker")
        list_ = getattr(client, f"list_{method}")
        answer = list_(MaxResults=_MOST_READ, SortBy="CreationTime", SortOrder="Descending")
        for each in answer[f"{kind}Summaries"]:
            facts = {"name": each[f"{kind}Name"], "status": each[f"{kind}Status"]}
            found.append({"kind": kind, "when": each["CreationTime"], **facts})
    return [(j["name"], j["kind"], j["status"], _time(j["when"])) for j in _newest(found, "when")]


def _endpoints(target: Target) -> list[Row]:
    found = _some(target, "sagemaker", "list_endpoints", "Endpoints")
    return [
        (e["EndpointName"], e["EndpointStatus"], _time(e["LastModifiedTime"]))
        for e in _newest(found, "LastModifiedTime")
    ]


def _alarms(target: Target) -> list[Row]:
    """Those that sound come first."""
    found = _some(target, "cloudwatch", "describe_alarms", "MetricAlarms")
    found.sort(key=lambda a: (a["StateValue"] != "ALARM", a["AlarmName"]))
    return [(a["AlarmName"], a["StateValue"], _time(a.get("StateUpdatedTimestamp"))) for a in found]


_KINDS: tuple[tuple[str, Row, Callable[[Target], list[Row]]], ...] = (
    ("stacks", ("stack", "status", "changed"), _stacks),
    ("functions", ("function", "runtime", "memory", "changed"), _functions),
    ("executions", ("execution", "state machine", "status", "started"), _executions),
    ("jobs", ("job", "kind", "status", "created"), _jobs),
    ("endpoints", ("endpoint", "status", "changed"), _endpoints),
    ("alarms", ("alarm", "state", "since"), _alarms),
)
