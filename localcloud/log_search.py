"""FilterLogEvents looks at the streams of a prefix, and gives what is left by a token.

MiniStack ignores `logStreamNamePrefix` and cuts at the limit without a word. Upstream: both in
`cloudwatch_logs._filter_log_events`.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import Any

Response = tuple[int, dict[str, str], bytes]
Search = Callable[[dict[str, Any]], Response]

_LIMIT = 10_000


def install() -> None:
    from ministack.services import cloudwatch_logs

    cloudwatch_logs._filter_log_events = _whole(cloudwatch_logs._filter_log_events)


def _whole(search: Search) -> Search:
    @functools.wraps(search)
    def searched(request: dict[str, Any]) -> Response:
        if prefix := request.get("logStreamNamePrefix"):
            names = [name for name in _streams(request) if name.startswith(prefix)]
            # a name that no stream has: an empty list would mean all of them
            request = {**request, "logStreamNames": names or [""]}
        since, skip = _position(request)
        limit = min(int(request.get("limit") or _LIMIT), _LIMIT)
        words = {k: v for k, v in request.items() if k != "nextToken"}
        # the events of one millisecond may lie on both sides of a cut
        status, headers, body = search({**words, "startTime": since, "limit": limit + skip})
        if status != 200:
            return status, headers, body
        answer = json.loads(body)
        is_cut = len(answer["events"]) >= min(limit + skip, _LIMIT)
        answer["events"] = answer["events"][skip:]
        if is_cut:
            answer["nextToken"] = _token(answer["events"], since, skip)
        return status, headers, json.dumps(answer).encode()

    return searched


def _streams(request: dict[str, Any]) -> list[str]:
    from ministack.services import cloudwatch_logs

    group = cloudwatch_logs._log_groups.get(cloudwatch_logs._resolve_log_group_name(request))
    return list((group or {}).get("streams", {}))


def _position(request: dict[str, Any]) -> tuple[int, int]:
    """The millisecond to begin with, and how many of its events were given already."""
    token = str(request.get("nextToken") or "")
    if not token:
        return int(request.get("startTime") or 0), 0
    since, _, skip = token.partition("/")
    return int(since), int(skip)


def _token(events: list[dict[str, Any]], since: int, skip: int) -> str:
    last = int(events[-1]["timestamp"])
    given = sum(event["timestamp"] == last for event in events)
    return f"{last}/{given + (skip if last == since else 0)}"
