"""Puts the boxes of one level where their layers say, and leads the edges between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from localcloud.page.bounded import Document
from localcloud.page.layers import Layers, Pair

GAP = 28.0
_RISE = 44.0
_STRAIGHT = 0.5
_LANE = 20.0  # room beside the drawing for each edge that goes back

Edges = Mapping[str, Mapping[str, str]]


@dataclass
class Drawing:
    """Places are the middle of the top of a box, or of an edge's points."""

    width: float
    height: float
    nodes: list[Document] = field(default_factory=list)
    edges: list[Document] = field(default_factory=list)

    def add(self, other: Drawing, x: float, y: float) -> None:
        for node in other.nodes:
            self.nodes.append({**node, "x": node["x"] + x, "y": node["y"] + y})
        for edge in other.edges:
            moved = [[px + x, py + y] for px, py in edge["points"]]
            self.edges.append({**edge, "points": moved})


class _Places:
    """The left, right, top and bottom of every box and bend, with the level's middle at x = 0."""

    def __init__(self, layers: Layers, boxes: Mapping[str, Drawing]) -> None:
        rows = layers.rows
        self.width = {p: boxes[p].width if p in boxes else GAP / 2 for row in rows for p in row}
        self.x = layers.centres(self.width, GAP)
        self.top: dict[str, float] = {}
        self.bottom: dict[str, float] = {}
        y = 0.0
        for row in rows:
            height = max(boxes[p].height if p in boxes else 0.0 for p in row)
            for point in row:
                own = boxes[point].height if point in boxes else height
                self.top[point] = y + (height - own) / 2
                self.bottom[point] = self.top[point] + own
            y += height + _RISE
        self.height = y - _RISE
        self.lanes = {1: self._lanes(layers, 1), -1: self._lanes(layers, -1)}
        self._centre()

    def _lanes(self, layers: Layers, side: int) -> list[Pair]:
        """The backward edges that run on that side: where fewer boxes are in their way."""

        def blocked(node: str, side: int) -> int:
            row = layers.rows[layers.rank[node]]
            return sum((self.x[other] - self.x[node]) * side > 0 for other in row)

        def best(pair: Pair) -> int:
            return min((1, -1), key=lambda s: sum(blocked(node, s) for node in pair))

        return [pair for pair in sorted(layers.back) if best(pair) == side]

    def _centre(self) -> None:
        left = min(x - self.width[p] / 2 for p, x in self.x.items()) - _LANE * len(self.lanes[-1])
        right = max(x + self.width[p] / 2 for p, x in self.x.items()) + _LANE * len(self.lanes[1])
        self.whole = right - left
        self.x = {point: x - (left + right) / 2 for point, x in self.x.items()}

    def forward(self, chain: list[str]) -> list[list[float]]:
        """From the bottom of the first to the top of the last; where it is straight, no points."""
        points = [[self.x[chain[0]], self.bottom[chain[0]]]]
        for bend in chain[1:-1]:
            points += [[self.x[bend], self.top[bend]], [self.x[bend], self.bottom[bend]]]
        points.append([self.x[chain[-1]], self.top[chain[-1]]])
        around = zip(points, points[1:], points[2:], strict=False)
        kept = [b for a, b, c in around if max(abs(a[0] - b[0]), abs(b[0] - c[0])) > _STRAIGHT]
        return [points[0], *kept, points[-1]]

    def backward(self, pair: Pair, lane: int, side: int) -> list[list[float]]:
        out = side * (self.whole / 2 - _LANE * lane - _LANE / 2)
        (ax, ay), (bx, by) = (
            (self.x[n] + side * self.width[n] / 2, (self.top[n] + self.bottom[n]) / 2) for n in pair
        )
        return [[ax, ay + 6], [out, ay + 6], [out, by - 6], [bx, by - 6]]


def placed(layers: Layers, boxes: Mapping[str, Drawing], edges: Edges) -> Drawing:
    places = _Places(layers, boxes)
    drawn = Drawing(places.whole, places.height)
    for name, box in boxes.items():
        drawn.add(box, places.x[name], places.top[name])
    for pair, chain in layers.chains.items():
        drawn.edges.append(_edge(pair, edges, places.forward(chain), back=False))
    for side, pairs in places.lanes.items():
        for lane, pair in enumerate(pairs):
            drawn.edges.append(_edge(pair, edges, places.backward(pair, lane, side), back=True))
    return drawn


def _edge(pair: Pair, edges: Edges, points: list[list[float]], back: bool) -> Document:
    """A name that begins with a zero byte is no state's: start or end."""
    a, b = ("" if name.startswith("\0") else name for name in pair)
    kind = edges[pair[0]][pair[1]]
    return {"from": a, "to": b, "kind": kind, "points": points, "back": back}
