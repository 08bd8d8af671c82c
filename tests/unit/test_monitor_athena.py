"""Athena is asked what polars is asked, and says the same of the same records (DuckDB plays it)."""

from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars as pl
import pytest
from monitor_world import BASELINE, FIELDS, LIMITS, WINDOW, sample, write

from functions.monitor import athena, query, reading
from functions.monitor.query import Wanted
from functions.monitor.reading import Reading

INPUTS = ("active", "plan", "weight")


def records(folder: Path) -> list[Path]:
    """Answers, doubles, refusals, clocks that disagree, another model's, values out of range."""
    wild = sample(40, 3) | {"weight": np.where(np.arange(40) % 2, np.inf, -np.inf)}
    odd = sample(30, 4) | {"plan": np.array(["it's", ""] * 15, dtype=object)}
    return [
        write(folder / "a.parquet", sample(900, 1, shift=0.4)),
        write(folder / "again.parquet", sample(900, 1, shift=0.4)),
        write(folder / "wild.parquet", wild, 2000),
        write(folder / "odd.parquet", odd, 3000),
        write(folder / "refused.parquet", sample(7, 5), 4000, refused=True, reason="age"),
        write(folder / "twice.parquet", sample(7, 5), 4000, refused=True, reason="age"),
        write(folder / "late.parquet", sample(3, 6), 5000, prediction_time="2026-11-21T11:00:00Z"),
        write(folder / "local.parquet", sample(4, 6), 6000, prediction_time="2026-11-20T11:00:00"),
        write(folder / "old.parquet", sample(5, 6), 7000, prediction_time="2026-11-01T11:00:00Z"),
        write(folder / "other.parquet", sample(9, 6), 8000, model_package="canary"),
        write(folder / "nobody.parquet", sample(2, 6), 9000, prediction_id=None),
    ]


class Duck:
    """Athena's part: the lake's table with its partition, answers as text."""

    def __init__(self, files: list[Path]) -> None:
        self.base = duckdb.connect()
        frames = [pl.read_parquet(f).with_columns(pl.col("reason").cast(pl.String)) for f in files]
        frames = [f.with_columns(pl.col("prediction_id").cast(pl.String)) for f in frames]
        rows = pl.concat(frames).with_columns(arrived=pl.lit("2026/11/20/11"))
        rows.write_parquet(files[0].with_name("lake"))
        self.base.execute(f"CREATE VIEW records AS FROM read_parquet('{files[0].parent}/lake')")
        self.asked: list[str] = []

    def __call__(self, sql: str) -> pl.DataFrame:
        self.asked.append(sql)
        found = self.base.execute(sql.replace(athena.TABLE, "records"))
        names = [column[0] for column in found.description or ()]
        rows = [[None if v is None else str(v) for v in row] for row in found.fetchall()]
        return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Reading, Reading, Duck]:
    files = records(tmp_path_factory.mktemp("records"))
    wanted, duck = Wanted(FIELDS, LIMITS, WINDOW, INPUTS), Duck(files)
    return reading.read(files, wanted), athena.read(duck, wanted), duck


def test_both_count_the_same(both: tuple[Reading, Reading, Duck]) -> None:
    """Edges met exactly, missing values, infinite ones, doubles, quotes in a value."""
    polars, asked, _ = both
    assert asked.sketch == polars.sketch
    assert polars.sketch.rows == 970
    assert polars.sketch.refused == {"age": 7}
    assert polars.sketch.misdated == Counter(
        {"dated after this look": 3, "no time in UTC": 4, "dated days before they arrived": 5}
    )
    assert polars.sketch.fields["weight"].outside == 40
    assert asked.troubles == [t for t in polars.troubles if "files" not in t.what]


def test_both_give_the_same_rows_whole(both: tuple[Reading, Reading, Duck]) -> None:
    polars, asked, _ = both

    def rows(found: Reading) -> Any:
        plain = found.sample.select(INPUTS).with_columns(pl.col("plan").fill_null(""))
        return Counter(map(str, plain.iter_rows()))

    assert asked.sample.height == 970
    assert rows(asked) == rows(polars)


def test_athena_reads_only_the_hours_that_may_matter(both: tuple[Reading, Reading, Duck]) -> None:
    """A day before the window: clocks differ, and a buffer may have been full."""
    assert all("WHERE \"arrived\" >= '2026/11/18/12'" in sql for sql in both[2].asked)
    assert len(both[2].asked) == 3


def test_a_large_window_is_sampled_by_what_is_random_in_its_ids() -> None:
    drawn = [np.random.default_rng(i).bytes(12).hex() for i in range(20_000)]
    frame = pl.LazyFrame({"prediction_id": [f"20261120-{d}" for d in drawn], "n": range(20_000)})
    sql = query.sample(["n"], 0.1, "rows")
    once, again = (pl.SQLContext(rows=frame).execute(sql).collect() for _ in range(2))
    assert once.equals(again)
    assert once.height / 20_000 == pytest.approx(0.1, abs=0.01)


def test_numbers_are_doubles_in_every_dialect() -> None:
    """0.1 alone is a decimal to Trino, with another value."""
    sql = query.counts({"x": {"kind": "numeric", "edges": [0.1, 1e-9, 3.0]}}, {}, "t")
    assert all(f'"x" < {number}' in sql for number in ("0.1e0", "1e-09", "3.0e0"))
    assert len(query.counts(BASELINE["columns"] | {"email": FIELDS["plan"]}, {}, "t")) < 262_144
