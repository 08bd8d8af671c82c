"""`penstock logs`: what functions, jobs and state machines write, read once or followed."""

import re
import time
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from cli import log_groups
from cli.errors import CommandError
from cli.options import Aws
from cli.target import Target, resolve

_EVERY_SECONDS = 1.0
_LATE_SECONDS = 30.0  # an event may be ingested so long after its own time
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}

Event = dict[str, Any]


def logs(
    name: Annotated[
        str | None,
        typer.Argument(
            help="A function, job, endpoint, state machine or log group, or a part of a group's "
            "name that no other has. Without it, the log groups are listed."
        ),
    ] = None,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on with what comes, until Ctrl-C.")
    ] = False,
    since: Annotated[
        str, typer.Option("--since", "-s", help="How far back: 30s, 10m, 2h or 1d.")
    ] = "10m",
    pattern: Annotated[
        str, typer.Option("--filter", help="A CloudWatch Logs filter pattern, such as ERROR.")
    ] = "",
    aws: Aws = False,
) -> None:
    """Show the log of a function, job, endpoint or state machine.

    Examples: `penstock logs`, `penstock logs my-function --follow`, `penstock logs my-job
    --since 2h --filter ERROR`.
    """
    back = seconds(since)
    target = resolve(aws=aws)
    if name is None:
        _list(target)
        return
    source = log_groups.find(target, name)
    console = Console(highlight=False)
    began = time.time() - back
    seen: Counter[tuple[str, ...]] = Counter()
    while True:
        events = _read(target, source, began, pattern)
        for event in unseen(events, seen):
            console.print(_line(event), soft_wrap=True)
        if not follow:
            return
        began = max(began, time.time() - _LATE_SECONDS)
        seen = Counter(map(_key, (e for e in events if e["timestamp"] >= began * 1000)))
        time.sleep(_EVERY_SECONDS)


def seconds(words: str) -> int:
    """10m is 600; CommandError says what is expected."""
    found = re.fullmatch(r"(\d{1,6})([smhd])", words)
    if not found:
        raise CommandError(f"--since {words!r} is no duration: expected 30s, 10m, 2h or 1d")
    return int(found[1]) * _UNITS[found[2]]


def unseen(events: Iterable[Event], seen: Counter[tuple[str, ...]]) -> list[Event]:
    """The events that were not there before; of lines that are alike, as many as are new."""
    left = Counter(seen)
    new = []
    for event in events:
        key = _key(event)
        if left[key]:
            left[key] -= 1
        else:
            new.append(event)
    return new


def _key(event: Event) -> tuple[str, ...]:
    facts = (event.get("eventId"), event["logStreamName"], event["timestamp"], event["message"])
    return tuple(map(str, facts))


def _read(target: Target, source: log_groups.Source, began: float, pattern: str) -> list[Event]:
    words: dict[str, Any] = {"logGroupName": source.group, "startTime": int(began * 1000)}
    if pattern:
        words["filterPattern"] = pattern
    streams = source.stream_names(target)
    if streams is not None:
        if not streams:
            return []
        words["logStreamNames"] = streams
    pages = target.client("logs").get_paginator("filter_log_events").paginate(**words)
    return [event for page in pages for event in page["events"]]


def _line(event: Event) -> Text:
    moment = datetime.fromtimestamp(event["timestamp"] / 1000).astimezone()
    line = Text(f"{moment:%H:%M:%S}.{event['timestamp'] % 1000:03} ", style="dim")
    return line.append(str(event["message"]).rstrip("\n"), style="not dim")


def _list(target: Target) -> None:
    found = log_groups.groups(target)
    for group in found:
        print(group)
    if not found:
        Console(highlight=False).print(f"no log groups in {target.where}", style="dim")
