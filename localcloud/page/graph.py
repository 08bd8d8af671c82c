"""A state machine's definition as a drawing: boxes in layers, what is nested inside its box."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from localcloud.page.bounded import Document
from localcloud.page.layers import Layers
from localcloud.page.placing import GAP, Drawing, placed

_HEIGHT, _CHARACTER, _WIDEST, _NARROWEST = 40.0, 7.4, 260.0, 96.0
_INSIDE, _TITLE = 16.0, 30.0
_ROUND = 28.0  # the circles of start and end
_START, _END = "\0start", "\0end"


@lru_cache(maxsize=64)
def drawing(definition: str) -> Document:
    """{"width", "height", "nodes": [{name, type, x, y, w, h, inner}], "edges": [{points, ..}]}."""
    drawn = _level(json.loads(definition), ends=True)
    return {
        "width": round(drawn.width, 1),
        "height": round(drawn.height, 1),
        "nodes": [_rounded(node) for node in drawn.nodes],
        "edges": [_rounded(edge) for edge in drawn.edges],
    }


def _rounded(item: Document) -> Document:
    def near(value: Any) -> Any:
        if isinstance(value, float):
            return round(value, 1)
        return [near(each) for each in value] if isinstance(value, list) else value

    return {key: near(value) for key, value in item.items()}


def following(state: Document) -> dict[str, str]:
    """Each state that may come next, with the kind of the edge."""
    found: dict[str, str] = {}
    for rule in state.get("Catch", []):
        found[rule["Next"]] = "catch"
    for rule in state.get("Choices", []):
        found[rule["Next"]] = "choice"
    if "Default" in state:
        found.setdefault(state["Default"], "default")
    if "Next" in state:
        found[state["Next"]] = "next"
    return found


def _level(definition: Document, ends: bool = False) -> Drawing:
    states: dict[str, Document] = definition["States"]
    edges = {name: following(state) for name, state in states.items()}
    start = definition["StartAt"]
    if ends:
        for name, state in states.items():
            if state.get("End") or state["Type"] in ("Succeed", "Fail"):
                edges[name] = {_END: "next"}
        edges = {_START: {start: "next"}, **edges, _END: {}}
        start = _START
    boxes = {name: _box(name, states.get(name, {})) for name in edges}
    layers = Layers({name: list(to) for name, to in edges.items()}, start)
    return placed(layers, boxes, edges)


def _box(name: str, state: Document) -> Drawing:
    """One state with what is inside it, at the origin."""
    if name in (_START, _END):
        mark = {"name": "", "type": "Start" if name == _START else "End", "inner": False}
        return Drawing(_ROUND, _ROUND, [{**mark, "x": 0.0, "y": 0.0, "w": _ROUND, "h": _ROUND}])
    levels = [*state.get("Branches", []), state.get("ItemProcessor") or state.get("Iterator")]
    parts = [_level(level) for level in filter(None, levels)]
    width = min(max(len(name) * _CHARACTER + 44, _NARROWEST), _WIDEST)
    height = _HEIGHT
    if parts:
        inside = sum(p.width for p in parts) + GAP * (len(parts) - 1)
        width = max(width, inside + 2 * _INSIDE)
        height = max(p.height for p in parts) + _TITLE + _INSIDE
    node = {"name": name, "type": state["Type"], "inner": bool(parts)}
    node["resource"] = state.get("Resource")
    box = Drawing(width, height, [{**node, "x": 0.0, "y": 0.0, "w": width, "h": height}])
    if parts:
        x = -inside / 2
        for part in parts:
            box.add(part, x + part.width / 2, _TITLE)
            x += part.width + GAP
    return box
