"""The resource types whose handlers wait, or call the gateway: they may not hold up its event loop.

Upstream: `stacks._runs_on_worker_thread` would ask the handler.
"""

from __future__ import annotations

from ministack.services.cloudformation import stacks

_types: set[str] = set()


def install() -> None:
    blocks = stacks._runs_on_worker_thread
    stacks._runs_on_worker_thread = lambda kind: kind in _types or blocks(kind)


def add(type_name: str) -> None:
    _types.add(type_name)
