"""One column's verdict, and all that it rests on, in numbers and in words."""

from dataclasses import asdict, dataclass
from typing import Any

from penstock import statistics
from penstock.calibration.evidence import Compared, Cut, Evidence, counted
from penstock.statistics.marks import Marks, largest_move
from penstock.statistics.total_variation import total_variation


@dataclass(frozen=True)
class Watched:
    """One column at one look; labels name its bins, `usual` is the shift it shows without drift."""

    name: str
    pair: Compared
    labels: tuple[str, ...]
    usual: float = 0.0


@dataclass(frozen=True)
class Place:
    """The bins that tell most of a move, and both sides' share of them."""

    where: str
    baseline: float
    window: float


@dataclass(frozen=True)
class Finding:
    """p_value is held to `level`, and shift (the total variation; of words, the largest move of
    the share of texts that hold one) to `threshold`.

    place: None where there was nothing to compare.
    """

    column: str
    drifted: bool
    why: str
    shift: float
    threshold: float
    p_value: float
    level: float
    rows: tuple[int, int]
    place: Place | None
    statistics: dict[str, float]

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def judge(column: Watched, found: Evidence, level: float, smallest: float) -> Finding:
    """Drifted if beyond chance (at most level) and larger than what is worth knowing."""
    rows = column.pair.rows
    shift, what, measured = _measured(column.pair)
    moved = f"{shift:.1%} of {what}"
    threshold = max(smallest, column.usual)
    beyond, large = all(rows) and found.p_value <= level, shift > threshold
    place = _place(column, found.cut) if all(rows) and found.cut is not None else None
    if not all(rows):
        why = f"not judged: {rows[0]} rows in the baseline, {rows[1]} in the window"
    elif not beyond:
        why = f"no more than chance: p {found.p_value:.2g}, {level:.2g} would tell"
    elif not large:
        known = "what is worth knowing" if threshold == smallest else "what training rows show"
        why = f"beyond chance, but {moved} is within {known} ({threshold:.1%})"
    else:
        why = f"{moved} ({threshold:.1%} is worth knowing), {_chance(found)}"
    if place is not None and beyond:
        why += f"; {place.where}: {place.baseline:.1%} before, {place.window:.1%} now"
    return Finding(
        column=column.name,
        drifted=beyond and large,
        why=why,
        shift=shift,
        threshold=threshold,
        p_value=found.p_value,
        level=level,
        rows=rows,
        place=place,
        statistics=measured,
    )


def _measured(pair: Compared) -> tuple[float, str, dict[str, float]]:
    """How much moved, of what, and what else is told of it."""
    if isinstance(pair, Marks):
        return largest_move(pair), "texts gained or lost a word", {}
    return total_variation(pair), "rows moved", statistics.all_of(pair)


def _chance(found: Evidence) -> str:
    return f"p {found.p_value:.1g}" if found.p_value > 1e-300 else "p below 1e-300"


def _place(column: Watched, cut: Cut) -> Place:
    shares = [
        float(counted(side, [cut])[0]) / rows
        for side, rows in zip(
            (column.pair.baseline, column.pair.window), column.pair.rows, strict=True
        )
    ]
    edges = column.pair.edges
    if cut.last - cut.first == 1 or edges is None:
        return Place(column.labels[cut.first], *shares)
    if cut.last > len(edges):
        return Place("any value", *shares)
    return Place(f"below {edges[cut.last - 1]:.4g}", *shares)
