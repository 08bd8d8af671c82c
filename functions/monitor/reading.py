"""The window's files -> a sketch of their records, and what was wrong with them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl
from polars.exceptions import PolarsError

from functions.monitor import files, scan
from functions.monitor.files import Schemas, Trouble
from functions.monitor.scan import Entries, Ranges, Window
from functions.monitor.sketch import Sketch
from penstock.errors import PenstockError


def read(
    paths: Sequence[Path], fields: Entries, limits: Ranges, window: Window
) -> tuple[Sketch, list[Trouble]]:
    """A corrupt file is left out and told of; PenstockError where nothing else is left."""
    wanted = scan.types(fields)
    seen = files.schemas(paths, wanted)
    try:
        sketch = _look(seen, wanted, fields, limits, window)
    except PolarsError:
        good = files.whole(seen.found)
        if len(good) == len(seen.found):
            raise  # not the files' fault
        bad = tuple(path for path in seen.found if path not in good)
        seen = Schemas({path: seen.found[path] for path in good}, seen.unreadable + bad)
        sketch = _look(seen, wanted, fields, limits, window)
    if seen.unreadable and not seen.found:
        raise PenstockError(
            f"none of the window's {len(seen.unreadable)} files can be read",
            where="predictions/",
            expected="Parquet, as Firehose writes it",
        )
    return sketch, [*files.troubles(seen, wanted), *_of(sketch, limits)]


def _look(
    seen: Schemas,
    wanted: Mapping[str, pl.DataType],
    fields: Entries,
    limits: Ranges,
    window: Window,
) -> Sketch:
    return scan.look(files.table(seen.found, wanted), fields, limits, window)


def _of(sketch: Sketch, limits: Ranges) -> list[Trouble]:
    said = [
        Trouble(f"{rows:,} records have {what}" if what.startswith("no ")
                else f"{rows:,} records are {what}: clocks disagree; they are not counted")
        for what, rows in sketch.misdated.items()
    ]  # fmt: skip
    for name, tally in sketch.fields.items():
        if tally.outside:
            low, high = ("any" if x is None else f"{x:g}" for x in limits.get(name, (None, None)))
            said.append(Trouble(
                f"{name}: {tally.outside:,} values are infinite or not within {low} to {high}", name
            ))  # fmt: skip
    return said
