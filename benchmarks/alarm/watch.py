"""A baseline over a table's rows, looked at as the monitor looks at it."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from benchmarks.alarm.data import Values
from penstock import baseline, bins
from penstock.calibration import Finding, Look, Rules, findings
from penstock.calibration.tables import watched

BUDGET, LOOKS, SMALLEST = 1.0, 24 * 365.0, 0.1
RULES = Rules(BUDGET, LOOKS, SMALLEST)
Table = Mapping[str, Values]


class Watch:
    """in_time: the rows are in the order of their time, and runs of them are known too."""

    def __init__(self, columns: Table, *, in_time: bool = False) -> None:
        self.rows = len(next(iter(columns.values())))
        self.entries = baseline.tables(columns, in_time=in_time)

    def codes(self, columns: Table) -> dict[str, Values]:
        return {name: bins.codes(entry, columns[name]) for name, entry in self.entries.items()}

    def findings(self, codes: Table) -> tuple[Finding, ...]:
        columns = tuple(
            watched(name, entry, counts(entry, codes[name]), self.rows)
            for name, entry in self.entries.items()
        )
        return findings(Look(RULES, columns))


def counts(entry: Mapping[str, Any], codes: Values) -> list[int]:
    found = np.bincount(codes, minlength=len(bins.expected(entry)))
    return [int(n) for n in found]


def drifted(found: Sequence[Finding]) -> list[str]:
    return [each.column for each in found if each.drifted]


def of(columns: Table, rows: Any) -> dict[str, Values]:
    return {name: values[rows] for name, values in columns.items()}
