"""FilterLogEvents: by stream, and page after page."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

GROUP = "/tests/log-search"


@pytest.fixture(scope="module")
def logs(client: Callable[[str], Any]) -> Any:
    """Two streams; ten events in the same millisecond in one, one event in the other."""
    found, now = client("logs"), int(time.time() * 1000)
    found.create_log_group(logGroupName=GROUP)
    for stream, messages in {"a/1": [f"line {i}" for i in range(10)], "b/1": ["other"]}.items():
        found.create_log_stream(logGroupName=GROUP, logStreamName=stream)
        found.put_log_events(
            logGroupName=GROUP,
            logStreamName=stream,
            logEvents=[{"timestamp": now, "message": message} for message in messages],
        )
    return found


def messages(logs: Any, **words: Any) -> list[str]:
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName=GROUP, **words)
    return [event["message"] for page in pages for event in page["events"]]


def test_only_the_streams_of_the_prefix_are_searched(logs: Any) -> None:
    assert messages(logs, logStreamNamePrefix="b/") == ["other"]
    assert messages(logs, logStreamNamePrefix="none") == []
    assert len(messages(logs)) == 11


@pytest.mark.parametrize("size", [1, 3, 10, 11])
def test_pages_give_every_event_once_though_they_share_a_millisecond(logs: Any, size: int) -> None:
    found = messages(logs, PaginationConfig={"PageSize": size})
    assert sorted(found) == sorted([*(f"line {i}" for i in range(10)), "other"])
