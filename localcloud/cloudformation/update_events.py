"""In an update, a resource that does not change has no events, and a new one is created.

MiniStack writes UPDATE_IN_PROGRESS and UPDATE_COMPLETE for every resource of the template, so the
CDK CLI counts more than it was told of. Upstream: `stacks._deploy_stack_async` would compare old
and new properties before its first event.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ministack.services.cloudformation import provisioners, stacks

Key = tuple[str, str]

_held: dict[Key, Callable[[str], None]] = {}
_new: set[Key] = set()


def install() -> None:
    add = stacks._add_event
    create, update = provisioners._provision_resource, provisioners._update_resource

    def add_event(
        stack_id: str, stack: str, logical_id: str, kind: str, status: str, *rest: Any, **named: Any
    ) -> None:
        key = (stack, logical_id)
        if status == "UPDATE_IN_PROGRESS" and not rest and not named and stack != logical_id:
            _held[key] = lambda real: add(stack_id, stack, logical_id, kind, real)
            return
        if key in _held and status == "UPDATE_COMPLETE":
            del _held[key]  # no handler was asked for a change
            return
        _release(key, "UPDATE_IN_PROGRESS")
        if key in _new and status in ("UPDATE_COMPLETE", "UPDATE_FAILED"):
            _new.discard(key)
            status = status.replace("UPDATE", "CREATE")
        add(stack_id, stack, logical_id, kind, status, *rest, **named)

    def updated(
        kind: str,
        physical_id: str,
        old: Any,
        new: Any,
        stack: str,
        logical_id: str | None = None,
        attributes: Any = None,
    ) -> Any:
        if old != new:
            _release((stack, logical_id or ""), "UPDATE_IN_PROGRESS")
        return update(kind, physical_id, old, new, stack, logical_id, attributes)

    def created(kind: str, logical_id: str, properties: Any, stack: str) -> Any:
        if _release((stack, logical_id), "CREATE_IN_PROGRESS"):
            _new.add((stack, logical_id))
        return create(kind, logical_id, properties, stack)

    stacks._add_event = add_event
    for module in (provisioners, stacks):
        module._provision_resource, module._update_resource = created, updated


def _release(key: Key, status: str) -> bool:
    release = _held.pop(key, None)
    if release is not None:
        release(status)
    return release is not None
