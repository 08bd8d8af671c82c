"""How much the rules cost: ingest's judgement of a CSV beside a plain polars read of it.

python benchmarks/ingest_validate.py [rows]     (20 columns, 1 % of the rows broken)
"""

import io
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from functions.ingest.validate import validate
from penstock.contract import Column, Contract, TargetRule

RUNS = 5
NUMBERS, CATEGORIES = 15, 5
PLANS = ("basic", "plus", "pro")
CONTRACT = Contract(
    usecase="benchmark",
    row_id="id",
    columns=(
        *(Column(f"n{i}", "float", min=-50, max=50, nullable=i % 3 == 0) for i in range(NUMBERS)),
        *(Column(f"c{i}", "category", values=PLANS) for i in range(CATEGORIES)),
    ),
    target=TargetRule("outcome", "yes", "no"),
    threshold=0.5,
)


def make(rows: int) -> bytes:
    rng = np.random.default_rng(0)
    numbers = {f"n{i}": rng.normal(0, 5, rows).round(4) for i in range(NUMBERS)}
    numbers["n0"][rng.random(rows) < 0.01] = 99.0
    texts = {f"c{i}": rng.choice(PLANS, rows) for i in range(CATEGORIES)}
    texts["outcome"] = rng.choice(["yes", "no"], rows)
    ids = [f"row-{i}" for i in range(rows)]
    table = pl.DataFrame({"id": ids, **numbers, **texts})
    target = io.BytesIO()
    table.write_csv(target)
    return target.getvalue()


def median_seconds(work: Callable[[], object]) -> float:
    work()
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    data = make(rows)
    verdict = validate(data, CONTRACT, None, where="benchmark")
    plain = median_seconds(lambda: pl.read_csv(data))
    judged = median_seconds(lambda: validate(data, CONTRACT, None, where="benchmark"))
    size, rejected = len(data) / 1e6, verdict.rejected.height
    print(f"{rows:,} rows x 22 fields, {size:.0f} MB, {rejected:,} rejected")
    print(f"plain polars read   {plain:.3f} s  {rows / plain:12,.0f} rows/s")
    print(f"ingest validate     {judged:.3f} s  {rows / judged:12,.0f} rows/s")
    print(f"ratio               {judged / plain:.2f}")


if __name__ == "__main__":
    main()
