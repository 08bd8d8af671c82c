"""The List operations of models, endpoint configurations and endpoints."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from localcloud.json_service import Document
from localcloud.sagemaker.hosting.names import refusal
from localcloud.sagemaker.listing import time_of


def page(member: str, word: str, request: Document, items: Iterable[Document]) -> Document:
    """One page of summaries; each has `<word>Name`, CreationTime, and what else AWS tells."""
    found = [item for item in items if _matches(word, request, item)]
    order = request.get("SortBy", "CreationTime")
    names = {"Name": f"{word}Name", "Status": f"{word}Status"}
    key = str(names.get(order, order))
    found.sort(key=lambda item: item[key])
    if request.get("SortOrder", "Descending") == "Descending":
        found.reverse()
    token = request.get("NextToken", "0")
    if not token.isdigit():
        raise refusal(f"NextToken {token!r} is invalid")
    end = int(token) + request.get("MaxResults", 10)
    answer: Document = {member: found[int(token) : end]}
    return {**answer, "NextToken": str(end)} if end < len(found) else answer


def _matches(word: str, request: Document, item: Document) -> bool:
    for name in ("CreationTime", "LastModifiedTime"):
        after, before = request.get(f"{name}After"), request.get(f"{name}Before")
        at: Any = item.get(name)
        if (after and at <= time_of(after)) or (before and at >= time_of(before)):
            return False
    status = request.get("StatusEquals")
    contained = request.get("NameContains", "").lower() in item[f"{word}Name"].lower()
    return contained and status in (None, item.get(f"{word}Status"))
