"""A look's numbers as Parquet, one row a bin: what Athena asks when the page is not enough."""

import io

import polars as pl

from functions.monitor.columns import REFUSED
from functions.monitor.seen import Report

SCHEMA = {
    "at": pl.String(),
    "version": pl.String(),
    "column": pl.String(),
    "drifted": pl.Boolean(),
    "shift": pl.Float64(),
    "p_value": pl.Float64(),
    "psi": pl.Float64(),
    "bin": pl.Int32(),
    "label": pl.String(),
    "baseline_share": pl.Float64(),
    "window_share": pl.Float64(),
    "window_rows": pl.Int64(),
}


def to_parquet(report: Report) -> bytes:
    rows = []
    for name, column in [*report["columns"].items(), (REFUSED, report["refused"])]:
        shared = {key: column[key] for key in ("drifted", "shift", "p_value", "psi")}
        shared |= {"at": report["at"], "version": report["champion"]["version"], "column": name}
        sides = zip(column["bins"], column["expected"], column["actual"], strict=True)
        rows += [
            {
                **shared,
                "bin": i,
                "label": label,
                "baseline_share": before,
                "window_share": now,
                "window_rows": round(now * column["window_rows"]),
            }
            for i, (label, before, now) in enumerate(sides)
        ]
    made = io.BytesIO()
    pl.DataFrame(rows, schema=SCHEMA).write_parquet(made)
    return made.getvalue()
