"""One stretch of the road: what it needs first, and what playing it must bring."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from benchmarks.ablation.world import World


def _nothing(_: World) -> None:
    """Most segments need nothing before them."""


@dataclass(frozen=True)
class Segment:
    """`roles`, by their labels, act in it: of no others does it prove anything. `play` raises
    Unexpected where something does not come; `before` and `after` are played with all statements in
    place. `wipes`: it takes away what other segments need."""

    name: str
    roles: tuple[str, ...]
    play: Callable[[World], Any]
    before: Callable[[World], Any] = _nothing
    after: Callable[[World], Any] = _nothing
    wipes: bool = False
