"""One poller a mapping: queues and streams call a function, each without waiting for another.

MiniStack polls all mappings in one thread, one shard after another, ignores batching windows,
partial failures of streams, retries, bisection and parallel lanes. Upstream:
`lambda_svc._poll_loop`.
"""

from __future__ import annotations

import logging
import threading
from typing import Any

from ministack.core.concurrency import esm_wake, spawn_background
from ministack.services import lambda_svc

from localcloud.functions import mapping, queue_source, stream_source

_log = logging.getLogger("localcloud.functions")
_LOOK_SECONDS = 0.2  # how soon a mapping made without the API is seen
_pollers: dict[str, threading.Event] = {}


def supervise() -> None:
    """In the place of MiniStack's loop: a poller for each mapping that is enabled."""
    while True:
        esm_wake.wait(_LOOK_SECONDS)
        esm_wake.clear()
        mapping.news.ring()
        enabled = {e["UUID"]: e for _, _, e in lambda_svc._iter_all_esms() if mapping.enabled(e)}
        for name in [name for name in _pollers if name not in enabled]:
            _pollers.pop(name).set()
        for name, esm in enabled.items():
            if name not in _pollers:
                stop = _pollers[name] = threading.Event()
                spawn_background(_poll, esm, stop, thread_name="localcloud-source")


def _poll(esm: dict[str, Any], stop: threading.Event) -> None:
    try:
        if ":sqs:" in esm["EventSourceArn"]:
            queue_source.poll(esm, stop)
        else:
            stream_source.poll(esm, stop)
    except Exception:
        esm["LastProcessingResult"] = "PROBLEM: internal error"
        _log.exception("the event source mapping %s has ended", esm["UUID"])


def install() -> None:
    from localcloud.functions import mapping_rules

    lambda_svc._poll_loop = supervise
    lambda_svc._init_stream_position = stream_source.anchor
    mapping_rules.install()
