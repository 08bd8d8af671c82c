"""Puts a directed graph into layers: ranks from the top down, long edges bent around what is there.

The method is Sugiyama's: cut cycles, rank by the longest path, order by neighbours' means, place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

_SWEEPS = 6
_SETTLING = 40
_STRAIGHT = 8.0
_BEND = "\0bend\0"  # how the name of a bend begins
Graph = Mapping[str, Sequence[str]]
Pair = tuple[str, str]


def backward(graph: Graph, start: str) -> set[Pair]:
    """The edges that close a cycle, seen from the start."""
    found: set[Pair] = set()
    done: set[str] = set()
    for root in (start, *graph):
        path = [(root, iter(graph[root]))] if root not in done else []
        on_path = {root}
        while path:
            node, following = path[-1]
            child = next(following, None)
            if child is None:
                path.pop()
                on_path.discard(node)
                done.add(node)
            elif child in on_path:
                found.add((node, child))
            elif child not in done:
                path.append((child, iter(graph[child])))
                on_path.add(child)
    return found


def ranks(graph: Graph, back: set[Pair]) -> dict[str, int]:
    """The length of the longest way to each node, without the edges that go back."""
    before: dict[str, list[str]] = {node: [] for node in graph}
    for node, following in graph.items():
        for child in following:
            if (node, child) not in back:
                before[child].append(node)
    found: dict[str, int] = {}
    waiting = list(graph)
    while waiting:
        ready = [node for node in waiting if all(p in found for p in before[node])]
        for node in ready:
            found[node] = max((found[p] + 1 for p in before[node]), default=0)
        waiting = [node for node in waiting if node not in found]
    return found


def bends(pair: Pair, rank: Mapping[str, int]) -> list[str]:
    """The names of the points where an edge passes the layers between its ends.

    Edges to the same node run together as soon as they can."""
    a, b = pair
    return [f"{_BEND}{b}\0{layer}" for layer in range(rank[a] + 1, rank[b])]


class Layers:
    """`chains`: each forward edge as its nodes and bends; `rows`: the nodes and bends by rank."""

    def __init__(self, graph: Graph, start: str) -> None:
        self.back = backward(graph, start)
        self.rank = ranks(graph, self.back)
        forward = {
            (node, child): None
            for node, following in graph.items()
            for child in following
            if (node, child) not in self.back
        }
        self.chains = {pair: [pair[0], *bends(pair, self.rank), pair[1]] for pair in forward}
        self.rows: list[list[str]] = [[] for _ in range(max(self.rank.values()) + 1)]
        for node in graph:
            self.rows[self.rank[node]].append(node)
        self.above: dict[str, list[str]] = {}
        self.below: dict[str, list[str]] = {}
        bent = {point: None for chain in self.chains.values() for point in chain[1:-1]}
        for point in bent:
            self.rows[int(point.rpartition("\0")[2])].append(point)
        steps = {step: None for chain in self.chains.values() for step in pairwise(chain)}
        for upper, lower in steps:
            self.below.setdefault(upper, []).append(lower)
            self.above.setdefault(lower, []).append(upper)
        self._order()

    def _order(self) -> None:
        for sweep in range(_SWEEPS):
            downwards = sweep % 2 == 0
            near = self.above if downwards else self.below
            place = {node: i for row in self.rows for i, node in enumerate(row)}
            for row in self.rows if downwards else reversed(self.rows):
                wanted = {node: _mean(near.get(node, []), place, place[node]) for node in row}
                row.sort(key=lambda node: (wanted[node], place[node]))
                place.update({node: i for i, node in enumerate(row)})

    def centres(self, width: Mapping[str, float], gap: float) -> dict[str, float]:
        """The horizontal middle of every node and bend; none overlaps its neighbour."""
        at: dict[str, float] = {}
        for row in self.rows:
            _spread(row, dict.fromkeys(row, 0.0), width, gap, at)
        for sweep in range(_SETTLING):
            for row in self.rows if sweep % 2 == 0 else reversed(self.rows):
                _spread(row, {node: self._pulled(node, at) for node in row}, width, gap, at)
        return at

    def _pulled(self, node: str, at: Mapping[str, float]) -> float:
        """Where its neighbours want it; what follows nothing else stands right under it."""
        above, below = self.above.get(node, []), self.below.get(node, [])
        pulls = [(at[o], self._weight(o, node)) for o in above]
        pulls += [(at[o], self._weight(node, o)) for o in below]
        weight = sum(w for _, w in pulls)
        return sum(x * w for x, w in pulls) / weight if pulls else at[node]

    def _weight(self, upper: str, lower: str) -> float:
        only = len(self.below[upper]) == 1 == len(self.above[lower])
        bent = upper.startswith(_BEND) and lower.startswith(_BEND)
        return _STRAIGHT if only or bent else 1.0


def _mean(nodes: Sequence[str], place: Mapping[str, float], otherwise: float) -> float:
    return sum(place[node] for node in nodes) / len(nodes) if nodes else otherwise


def _spread(
    row: Sequence[str],
    wanted: Mapping[str, float],
    width: Mapping[str, float],
    gap: float,
    at: dict[str, float],
) -> None:
    """Place a row in its order, as near to what is wanted as the widths allow.

    Least squares under an order is isotonic regression; neighbours that collide are pooled.
    """
    blocks: list[tuple[float, int]] = []  # (the mean of what its members want, their number)
    offset, offsets = 0.0, []
    for before, node in zip([None, *row], row, strict=False):
        if before is not None:
            offset += (width[before] + width[node]) / 2 + gap
        offsets.append(offset)
        mean, count = wanted[node] - offset, 1
        while blocks and blocks[-1][0] > mean:
            other, others = blocks.pop()
            mean = (mean * count + other * others) / (count + others)
            count += others
        blocks.append((mean, count))
    means = [mean for mean, count in blocks for _ in range(count)]
    at.update({node: mean + o for node, mean, o in zip(row, means, offsets, strict=True)})
