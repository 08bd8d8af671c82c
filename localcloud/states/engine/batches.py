"""ItemSelector and ItemBatcher: from the items to the inputs of child executions."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from localcloud.states.engine import values
from localcloud.states.engine.fault import Fault
from localcloud.states.engine.scope import Scope

_MOST_BYTES = 262_144


def items_of(state: dict[str, Any], scope: Scope, data: Any) -> Any:
    if scope.jsonata:
        return values.jsonata(state["Items"], scope, data) if "Items" in state else data
    return values.select(state.get("ItemsPath", "$"), scope, data, "ItemsPath")


def selected(state: dict[str, Any], scope: Scope, data: Any) -> Any:
    """One item as its iteration gets it; `scope` has it as $$.Map.Item."""
    template = state.get("ItemSelector") or (None if scope.jsonata else state.get("Parameters"))
    if template is None:
        return scope.context["Map"]["Item"]["Value"]
    fill = values.jsonata if scope.jsonata else values.fill
    return fill(template, scope, data)


def inputs(
    state: dict[str, Any], scope: Scope, data: Any, items: list[Any]
) -> list[tuple[Any, int]]:
    """(a child's input, how many items are in it), in the items' order."""
    chosen = []
    for index, item in enumerate(items):
        context = {**scope.context, "Map": {"Item": {"Index": index, "Value": item}}}
        chosen.append(selected(state, replace(scope, context=context), data))
    batcher = state.get("ItemBatcher")
    if batcher is None:
        return [(item, 1) for item in chosen]
    most = int(values.number(batcher, "MaxItemsPerBatch", scope, data, 0)) or len(chosen)
    size = int(values.number(batcher, "MaxInputBytesPerBatch", scope, data, 0)) or _MOST_BYTES
    head: dict[str, Any] = {}
    if "BatchInput" in batcher:
        fill = values.jsonata if scope.jsonata else values.fill
        head = {"BatchInput": fill(batcher["BatchInput"], scope, data)}
    groups = _groups(chosen, most, min(size, _MOST_BYTES) - len(json.dumps({**head, "Items": []})))
    return [({**head, "Items": group}, len(group)) for group in groups]


def _groups(items: list[Any], most: int, size: int) -> list[list[Any]]:
    groups: list[list[Any]] = []
    room = 0
    for item in items:
        length = len(json.dumps(item).encode()) + 2
        if length > size:
            raise Fault("States.ItemReaderFailed", "An item is larger than MaxInputBytesPerBatch")
        if not groups or len(groups[-1]) >= most or length > room:
            groups.append([])
            room = size
        groups[-1].append(item)
        room -= length
    return groups
