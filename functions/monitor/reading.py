"""The window's records -> how many of them fell where, some of them whole, and what was wrong."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from functions.monitor import scan
from functions.monitor.query import Ranges, Wanted
from functions.monitor.sketch import Sketch
from functions.shared import files
from functions.shared.files import Trouble
from penstock.errors import PenstockError

SAMPLED = 5000  # rows that are looked at one by one, about


@dataclass(frozen=True)
class Reading:
    """`sample`: rows of the columns that were wanted whole; empty where none were.

    records: whether there were any at all.
    """

    sketch: Sketch = field(default_factory=Sketch)
    troubles: Sequence[Trouble] = ()
    sample: pl.DataFrame = field(default_factory=pl.DataFrame)
    records: bool = False


def read(paths: Sequence[Path], wanted: Wanted) -> Reading:
    """A corrupt file is left out and told of; PenstockError where nothing else is left."""
    if not paths:
        return Reading()
    types = scan.types({**wanted.fields, **wanted.texts})
    (sketch, sample), seen = files.read(paths, types, lambda records: _look(records, wanted))
    if seen.unreadable and not seen.found:
        raise PenstockError(
            f"none of the window's {len(seen.unreadable)} files can be read",
            where="predictions/",
            expected="Parquet, as Firehose writes it",
        )
    troubles = [*files.troubles(seen, types), *wrong(sketch, wanted.limits)]
    return Reading(sketch, troubles, sample, records=True)


def share(rows: int) -> float:
    """Which share of so many rows is looked at one by one."""
    return SAMPLED / max(rows, 1)


def _look(records: pl.LazyFrame, wanted: Wanted) -> tuple[Sketch, pl.DataFrame]:
    sketch = scan.look(records, wanted)
    if not wanted.sampled:
        return sketch, pl.DataFrame()
    return sketch, scan.sample(records, wanted, share(sketch.rows))


def wrong(sketch: Sketch, limits: Ranges) -> list[Trouble]:
    """What the counts themselves tell: clocks that disagree, values out of range."""
    said = [
        Trouble(f"{rows:,} records have {what}" if what.startswith("no ")
                else f"{rows:,} records are {what}: clocks disagree; they are not counted")
        for what, rows in sorted(sketch.misdated.items())
    ]  # fmt: skip
    for name, tally in sketch.fields.items():
        if tally.outside:
            low, high = ("any" if x is None else f"{x:g}" for x in limits.get(name, (None, None)))
            said.append(Trouble(
                f"{name}: {tally.outside:,} values are infinite or not within {low} to {high}", name
            ))  # fmt: skip
    return said
