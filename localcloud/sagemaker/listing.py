"""The List operations of jobs: filters, order and pages, the same for every kind."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from localcloud.json_service import Document, ServiceError
from localcloud.sagemaker.state import JobRecord

_KNOWN = {
    "CreationTimeAfter",
    "CreationTimeBefore",
    "LastModifiedTimeAfter",
    "LastModifiedTimeBefore",
    "MaxResults",
    "NameContains",
    "NextToken",
    "SortBy",
    "SortOrder",
    "StatusEquals",
}
_ORDER: dict[str, Callable[[JobRecord], Any]] = {
    "Name": lambda record: record.name,
    "CreationTime": lambda record: record.state.created,
    "Status": lambda record: record.status,
}


def page(operation: str, request: Document, records: Iterable[JobRecord]) -> Document:
    """One page of summaries, under the name that the operation gives them."""
    if unknown := request.keys() - _KNOWN:
        raise ServiceError(
            "ValidationException", f"{operation}: the local cloud lacks {sorted(unknown)}"
        )
    wanted = [record for record in records if _matches(request, record)]
    wanted.sort(key=_ORDER[request.get("SortBy", "CreationTime")])
    if request.get("SortOrder", "Descending") == "Descending":
        wanted.reverse()
    begin = start(request.get("NextToken", "0"))
    end = begin + request.get("MaxResults", 10)
    kind = operation.removeprefix("List").removesuffix("s")
    found: Document = {f"{kind}Summaries": [record.summary() for record in wanted[begin:end]]}
    return {**found, "NextToken": str(end)} if end < len(wanted) else found


def _matches(request: Document, record: JobRecord) -> bool:
    bounds = (("CreationTime", record.state.created), ("LastModifiedTime", record.state.modified))
    for name, at in bounds:
        after, before = request.get(f"{name}After"), request.get(f"{name}Before")
        if (after and at <= time_of(after)) or (before and at >= time_of(before)):
            return False
    status = request.get("StatusEquals")
    contained = request.get("NameContains", "").lower() in record.name.lower()
    return contained and status in (None, record.status)


def time_of(value: Any) -> datetime:
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC)
    found = datetime.fromisoformat(str(value))
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def start(token: str) -> int:
    """Where the page of a NextToken begins."""
    if not token.isdigit():
        raise ServiceError("ValidationException", f"NextToken {token!r} is invalid")
    return int(token)
