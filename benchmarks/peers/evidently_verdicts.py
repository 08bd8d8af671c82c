"""Evidently's own verdict on the windows that `alarms.py` sends; runs in Evidently's environment.

stdin: pickled ("reference" | "window", {column: float64 [n], or text [n]}), one after the other;
stdout: for each window, a line of JSON with the columns it finds drifted by its defaults, and the
values of the statistics that both define alike.
"""

import json
import os
import pickle
import sys
import warnings

os.environ["DO_NOT_TRACK"] = "1"
warnings.filterwarnings("ignore")

import pandas as pd  # noqa: E402  (the two lines above must come first)
from evidently.legacy.calculations.stattests import get_stattest  # noqa: E402
from evidently.legacy.core import ColumnType  # noqa: E402

ALIKE = ("psi", "jensenshannon")


def main() -> None:
    reference = {}
    while True:
        try:
            kind, columns = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        table = {name: pd.Series(values) for name, values in columns.items()}
        if kind == "reference":
            reference = table
            continue
        answer = {
            "drifted": [name for name in table if test(reference[name], table[name], None).drifted],
            "of": len(table),
        }
        if kind == "compared":
            answer["statistics"] = {
                name: {s: float(test(reference[name], table[name], s).drift_score) for s in ALIKE}
                for name in table
                if of(table[name]) == ColumnType.Categorical
            }
        print(json.dumps(answer), flush=True)


def of(column: pd.Series) -> ColumnType:
    return ColumnType.Numerical if column.dtype == float else ColumnType.Categorical


def test(reference: pd.Series, window: pd.Series, name: str | None):  # type: ignore[no-untyped-def]
    """The named statistic, or the one that Evidently takes when none is named."""
    kind = of(reference)
    known, seen = reference.dropna(), window.dropna()
    return get_stattest(known, seen, kind, name)(known, seen, kind, None)


main()
