"""The online store: of every record the latest by event time, until it is deleted or expires."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import UTC, datetime

from localcloud import clock, tables
from localcloud.json_service import Document
from localcloud.sagemaker.features.values import invalid

_lock = threading.Lock()


@dataclass
class Entry:
    """A deleted record keeps its event time: an older one does not bring it back."""

    event_time: float
    record: list[Document] | None
    expires: float | None = None


def put(group: str, identifier: str, entry: Entry) -> None:
    """Kept if it is newer than what is there; an older record is history, which this is not."""
    with _lock:
        entries = _entries(group)
        found = entries.get(identifier)
        if found is None or entry.event_time > found.event_time:
            entries[identifier] = entry


def get(group: str, identifier: str) -> Entry | None:
    found = _entries(group).get(identifier)
    if found is None or found.record is None:
        return None
    return None if found.expires is not None and found.expires <= clock.now() else found


def erase(group: str, identifier: str, at: float) -> None:
    """HardDelete: nothing of it is left."""
    with _lock:
        found = _entries(group).get(identifier)
        if found is not None and at <= found.event_time:
            raise invalid("EventTime of the deletion must be later than the record's EventTime")
        _entries(group).pop(identifier, None)


def forget(group: str) -> None:
    tables.table("sagemaker.feature-records").pop(group, None)


def shown(entry: Entry, names: list[str], with_expiry: bool) -> Document:
    """The record as GetRecord gives it: all features, or those asked for."""
    items = [one for one in entry.record or [] if not names or one["FeatureName"] in names]
    if not with_expiry or entry.expires is None:
        return {"Record": items}
    at = datetime.fromtimestamp(entry.expires, UTC)
    return {"Record": items, "ExpiresAt": at.strftime("%Y-%m-%dT%H:%M:%SZ")}


def _entries(group: str) -> dict[str, Entry]:
    found: dict[str, Entry] = tables.table("sagemaker.feature-records").setdefault(group, {})
    return found
