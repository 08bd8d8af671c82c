"""Who gets which execution environment: a free one, a new one, or a short wait for either.

MiniStack starts an interpreter for each of a thousand simultaneous calls, all at once, throttles by
the machine's memory, and kills an environment in the middle of its work when its function changes.
Here as many start at a time as the machine has processors, and who waits takes what is free first.
Upstream: a bound in `lambda_runtime.acquire_worker`, a look at `in_use` in `invalidate_worker`.
"""

from __future__ import annotations

import os
import resource
import threading
import time
from typing import Any

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

ACCOUNT_LIMIT = 1000  # AWS's default for concurrent executions
_STARTS = max(2, os.cpu_count() or 1)
_PATIENCE = 10.0  # a function may wait for itself to answer: then the bound must give way
_FILES = 65_536  # each environment holds three pipes

_changed = threading.Condition()
_starting: set[int] = set()
_retired: set[int] = set()


def lease(config: dict[str, Any], code_zip: bytes) -> Any:
    """A worker for one invocation; give it back with `release`."""
    name, version = config["FunctionName"], config.get("Version", "$LATEST")
    key = lambda_runtime._worker_key(name, config, version)
    end = time.monotonic() + _PATIENCE
    with _changed:
        while True:
            free = any(not worker.in_use for worker in lambda_runtime._workers.get(key, ()))
            if free or len(_starting) < _STARTS or time.monotonic() >= end:
                worker, how = lambda_runtime.acquire_worker(name, config, code_zip, version)
                if how == "spawn":
                    _starting.add(id(worker))
                    worker.on_started = started
                return worker
            _changed.wait(end - time.monotonic())


def started(worker: Any) -> None:
    """Its start is over, well or not."""
    with _changed:
        _starting.discard(id(worker))
        _changed.notify_all()


def release(worker: Any) -> None:
    with _changed:
        _starting.discard(id(worker))
        lambda_runtime.release_worker(worker)
        retired = id(worker) in _retired
        _retired.discard(id(worker))
        _changed.notify_all()
    if retired:
        lambda_runtime.kill_workers([worker])


def retire(
    name: str, qualifier: str | None = None, account: str | None = None, region: str | None = None
) -> None:
    """The function has changed or is gone: what is at work finishes its invocation, then ends."""
    wanted = (account, region, name, qualifier)
    with _changed, lambda_runtime._lock:
        keys = [key for key in lambda_runtime._workers if _matches(key.split(":"), wanted)]
        workers = [worker for key in keys for worker in lambda_runtime._workers.pop(key)]
        busy = [worker for worker in workers if worker.in_use]
        _retired.update(map(id, busy))
    lambda_runtime.kill_workers([worker for worker in workers if worker not in busy])


def _matches(key: list[str], wanted: tuple[str | None, ...]) -> bool:
    return all(part in (None, found) for part, found in zip(wanted, key, strict=True))


def install() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _FILES if hard == resource.RLIM_INFINITY else min(hard, _FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    lambda_svc._ACCOUNT_CONCURRENCY_CAP = ACCOUNT_LIMIT
    lambda_runtime.invalidate_worker = lambda_svc.invalidate_worker = retire
