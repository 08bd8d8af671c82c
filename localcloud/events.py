"""Puts an AWS service's own event on the default bus, off the thread that caused it.

A target may call back into the server, so the thread that serves a request must not wait for it.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Mapping, Sequence
from contextvars import copy_context
from datetime import datetime
from typing import Any

_log = logging.getLogger("localcloud.events")


def put(source: str, detail_type: str, detail: Mapping[str, Any], resources: Sequence[str]) -> None:
    entry = {
        "Source": source,
        "DetailType": detail_type,
        "Resources": list(resources),
        "Detail": json.dumps(detail, default=_milliseconds),
    }
    context = copy_context()  # the account and region of the cause
    threading.Thread(target=context.run, args=(_put, entry), daemon=True).start()


def _put(entry: dict[str, Any]) -> None:
    from ministack.services import eventbridge

    try:
        eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)
    except Exception:
        _log.exception("the event %s was lost", entry["DetailType"])


def _milliseconds(value: object) -> object:
    if isinstance(value, datetime):
        return int(value.timestamp() * 1000)
    raise TypeError(f"{value!r} has no JSON form")
