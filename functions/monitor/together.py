"""Whether columns still hang together: a row's distance from the usual, judged like a column."""

import polars as pl

from functions.monitor import rows
from functions.monitor.reference import Reference
from penstock import bins, together
from penstock.baseline import DISTANCE
from penstock.calibration import Watched
from penstock.calibration.tables import watched

NAME = "columns together"  # no column can be named so


def columns(reference: Reference) -> list[str]:
    """What has to be known of a row."""
    return [] if reference.together is None else list(reference.together["names"])


def of(reference: Reference, sample: pl.DataFrame) -> list[Watched]:
    """Nothing where too few columns vary to have anything in common."""
    fitted = reference.together
    if fitted is None:
        return []
    seen = rows.columns(sample, fitted["names"])
    table = fitted[DISTANCE]
    counts = bins.counts(table, together.distances(fitted, seen, reference.fields))
    return [watched(NAME, table, counts, reference.rows)]
