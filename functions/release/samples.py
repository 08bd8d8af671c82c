"""What versions answered, from their prediction records in the log: the lake is minutes later."""

import json
import math
from collections.abc import Iterator
from typing import Any

from functions.release.context import Release
from functions.release.rule import Seen

MAX_PAGES = 40
MAX_SAMPLES = 5000


def read(release: Release, started_ms: int, versions: tuple[str, str]) -> dict[str, Seen]:
    """Champion and challenger since the canary began; failures are for the caller to add."""
    seen = {version: Seen() for version in versions}
    for record in records(release, started_ms, versions):
        _add(seen[record["function_version"]], record)
        if min(len(s.scores) for s in seen.values()) >= MAX_SAMPLES:
            break
    return seen


def records(release: Release, since_ms: int, versions: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """Prediction records of these versions, the oldest first."""
    wanted = " || ".join(f'$.function_version = "{v}"' for v in versions)
    pages = release.aws.logs.get_paginator("filter_log_events").paginate(
        logGroupName=release.settings.predict_log_group,
        startTime=since_ms,
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
    if (score := record.get("score")) is not None:
        if math.isfinite(score):
            seen.scores.append(float(score))
        else:
            seen.unusable += 1
    if "_aws" in record:  # once a request, however many rows it had
        seen.latencies_ms.append(float(record["latency_ms"]))
