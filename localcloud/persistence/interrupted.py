"""What MiniStack's threads had begun when the server ended, brought to the end that AWS shows.

Upstream: `load_persisted_state` does some of it, from its own files and for some services only.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

REASON = "The local cloud ended while this was running."


def settle() -> None:
    _functions()
    _queries()
    _glue()
    _replays()
    _pipes()


def _records(service: str, store: str) -> Iterator[dict[str, Any]]:
    """All accounts' records of a store; none of a service that nobody has used."""
    module = sys.modules.get(f"ministack.services.{service}")
    if module is not None:
        yield from list(getattr(module, store)._data.values())


def _functions() -> None:
    """Their code is there as soon as they are Pending: only the waiting is cut short."""
    from ministack.services import lambda_svc

    for function in _records("lambda_svc", "_functions"):
        versions = function.get("versions", {}).values()
        for config in (function.get("config", {}), *(each.get("config", {}) for each in versions)):
            if config.get("State") == "Pending":
                config.update(State="Active", StateReason="", StateReasonCode="")
            if config.get("LastUpdateStatus") == "InProgress":
                config["LastUpdateStatus"] = "Successful"
    if lambda_svc._esms._data:
        lambda_svc._ensure_poller()


def _queries() -> None:
    for query in _records("athena", "_executions"):
        if query["Status"]["State"] in ("QUEUED", "RUNNING"):
            query["Status"].update(State="FAILED", StateChangeReason=REASON)


def _glue() -> None:
    for crawler in _records("glue", "_crawlers"):
        if crawler.get("State") in ("RUNNING", "STOPPING"):
            crawler["State"] = "READY"
    for found in _records("glue", "_job_runs"):
        for run in found if isinstance(found, list) else [found]:
            if run.get("JobRunState") in ("STARTING", "RUNNING", "STOPPING"):
                run.update(JobRunState="FAILED", ErrorMessage=REASON)


def _replays() -> None:
    for replay in _records("eventbridge", "_replays"):
        if replay.get("State") in ("STARTING", "RUNNING"):
            replay.update(State="FAILED", StateReason=REASON)


def _pipes() -> None:
    pipes = sys.modules.get("ministack.services.pipes")
    if pipes is not None and pipes._pipes._data:
        pipes._ensure_poller()
