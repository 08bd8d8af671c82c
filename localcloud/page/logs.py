"""The last lines of a log group, of all its streams or of those whose name begins alike."""

from __future__ import annotations

from heapq import nlargest
from typing import Any

from ministack.services import cloudwatch_logs

from localcloud.page.bounded import Document

_MOST_LINES = 300
_MOST_STREAMS = 50
_MOST_CHARACTERS = 4_000


def tail(group: str, prefix: str) -> Document:
    """A group that does not exist (yet) has no lines."""
    record = cloudwatch_logs._log_groups.get(group)
    streams = list(record["streams"].items()) if record else []
    chosen = [(n, s) for n, s in streams if n.startswith(prefix) and s["lastEventTimestamp"]]
    latest = nlargest(_MOST_STREAMS, chosen, key=lambda pair: int(pair[1]["lastEventTimestamp"]))
    lines: list[tuple[int, str, dict[str, Any]]] = []
    with cloudwatch_logs._log_events_lock:
        for name, stream in latest:
            lines += [(e["timestamp"], name, e) for e in stream["events"][-_MOST_LINES:]]
    lines.sort(key=lambda line: line[0])
    return {
        "group": group,
        "exists": record is not None,
        "left_out": max(len(lines) - _MOST_LINES, 0),
        "lines": [_shown(name, event) for _, name, event in lines[-_MOST_LINES:]],
    }


def _shown(stream: str, event: dict[str, Any]) -> Document:
    message = str(event["message"]).rstrip("\n")
    if len(message) > _MOST_CHARACTERS:
        message = f"{message[:_MOST_CHARACTERS]} ... {len(message) - _MOST_CHARACTERS} more"
    return {"time": event["timestamp"] / 1000, "stream": stream, "message": message}
