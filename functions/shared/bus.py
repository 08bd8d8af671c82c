"""What the stages tell each other: events of ours on the default bus."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from penstock import events


@cache
def client() -> Any:
    import boto3  # not at the top: logic and its tests need no AWS

    return boto3.client("events")


def tell(kind: str, detail: Mapping[str, Any]) -> None:
    """`kind` is one of `penstock.events`; RuntimeError if the bus does not take it."""
    entry = {"Source": events.SOURCE, "DetailType": kind, "Detail": json.dumps(detail)}
    answer = client().put_events(Entries=[entry])
    if answer["FailedEntryCount"]:
        raise RuntimeError(f"EventBridge took no {kind}: {answer['Entries']}")
