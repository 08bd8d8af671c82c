"""Times as people and systems write them are one moment, or none."""

import polars as pl
import pytest

from functions.shared import times


@pytest.mark.parametrize(("text", "utc"), [
    ("2026-11-20", "2026-11-20T23:59:59.999999+00:00"),
    ("2026-11-20T10:11", "2026-11-20T10:11:00.000000+00:00"),
    ("2026-11-20 10:11:12.5", "2026-11-20T10:11:12.500000+00:00"),
    ("2026-11-20T10:11:12Z", "2026-11-20T10:11:12.000000+00:00"),
    ("2026-11-20T10:11:12.123456+02:00", "2026-11-20T08:11:12.123456+00:00"),
    ("2026-11-20T10:11:12-0330", "2026-11-20T13:41:12.000000+00:00"),
    ("2026-13-01", None), ("2026-02-30T10:00", None), ("2026-11-20T25:00", None),
    ("20 Nov 2026", None), ("", None), (None, None),
])  # fmt: skip
def test_a_time_is_read_as_it_is_meant(text: str | None, utc: str | None) -> None:
    frame = pl.DataFrame({"text": pl.Series([text], dtype=pl.String)})
    assert frame.select(times.iso(times.utc(pl.col("text")))).item() == utc
