"""Looks at both versions since the canary began, and writes the verdict as a metric."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from functions.release import rule, verdict
from functions.release.context import Release, State
from functions.release.rule import Canary, Seen

MAX_PAGES = 40
MAX_SAMPLES = 5000


def judge(state: State, release: Release) -> dict[str, Any]:
    """One round. The alias's own metrics dilute a 10 % canary tenfold, hence by version."""
    version, champion = state["publish"]["version"], state["plan"]["alias_version"]
    limits = release.usecase["serving"]["canary"]
    canary_rule = Canary(**{name: limits[name] for name in Canary.__dataclass_fields__})
    started_ms = state["start"]["started_ms"]
    seen = {champion: Seen(), version: Seen()}
    for record in _records(release, started_ms, tuple(seen)):
        _add(seen[record["function_version"]], record)
        if min(len(s.scores) for s in seen.values()) >= MAX_SAMPLES:
            break
    for name, found in seen.items():
        found.invocations = _sum(release, "Invocations", name, started_ms)
        found.errors = _sum(release, "Errors", name, started_ms)
    done = state.get("judge", {}).get("checks_done", 0) + 1
    last_call = rule.is_last_call(done, state["start"]["checks_total"])
    what, why = rule.judge(seen[champion], seen[version], canary_rule, last_call=last_call)
    if (before := state.get("judge", {})).get("verdict") == "bad" and what != "bad":
        what, why = "bad", before["why"]  # a verdict of bad is final: CodeDeploy acts on it
    verdict.put(release, bad=what == "bad")
    found_out = rule.evidence(seen[champion], seen[version], canary_rule.ks_alpha)
    return {"verdict": what, "why": why, "checks_done": done, **found_out}


def _records(
    release: Release, started_ms: int, versions: tuple[str, ...]
) -> Iterator[dict[str, Any]]:
    """Prediction records of the two versions, from the log: the lake has them minutes later."""
    wanted = " || ".join(f'$.function_version = "{v}"' for v in versions)
    pages = release.aws.logs.get_paginator("filter_log_events").paginate(
        logGroupName=release.settings.predict_log_group,
        startTime=started_ms,
        filterPattern=f"{{ {wanted} }}",
    )
    for number, page in enumerate(pages, start=1):
        for event in page["events"]:
            record = _parse(event["message"])
            if record.get("function_version") in versions:
                yield record
        if number == MAX_PAGES:
            return


def _parse(message: str) -> dict[str, Any]:
    try:
        record = json.loads(message)
    except ValueError:
        return {}  # START, END, REPORT and tracebacks share the group
    return record if isinstance(record, dict) else {}


def _add(seen: Seen, record: dict[str, Any]) -> None:
    """A line is a prediction, a refusal, or only a request's metrics (nothing was sampled)."""
    if record.get("refused"):
        seen.refused += 1
        return
    if record.get("score") is not None:
        seen.scores.append(float(record["score"]))
    if "_aws" in record:  # once a request, however many rows it had
        seen.latencies_ms.append(float(record["latency_ms"]))


def _sum(release: Release, metric: str, version: str, started_ms: int) -> int:
    """A Lambda metric of one version behind the alias, from the canary's first whole minute."""
    settings = release.settings
    begin = datetime.fromtimestamp(started_ms / 1000, UTC).replace(second=0, microsecond=0)
    found = release.aws.cloudwatch.get_metric_statistics(
        Namespace="AWS/Lambda",
        MetricName=metric,
        Dimensions=[
            {"Name": "FunctionName", "Value": settings.predict_function},
            {"Name": "Resource", "Value": f"{settings.predict_function}:{settings.alias}"},
            {"Name": "ExecutedVersion", "Value": version},
        ],
        StartTime=begin,
        EndTime=datetime.fromtimestamp(release.now(), UTC) + timedelta(minutes=1),
        Period=60,
        Statistics=["Sum"],
    )
    return int(sum(point["Sum"] for point in found["Datapoints"]))
