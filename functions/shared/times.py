"""Times as people and systems write them -> UTC."""

import polars as pl

_ISO = (
    r"^(?P<day>\d{4}-\d\d-\d\d)"
    r"(?:[T ](?P<minute>\d\d:\d\d)(?::(?P<second>\d\d(?:\.\d{1,9})?))?"
    r"(?P<zone>Z|[+-]\d\d:?\d\d)?)?$"
)
EXPECTED = "an ISO 8601 date or time"


def utc(text: pl.Expr) -> pl.Expr:
    """Text to Datetime (microseconds, UTC), null where it is none; without a zone it is UTC.

    A bare date is its day's last moment: of what happened on a day one knows when it is over.
    """
    part = text.str.extract_groups(_ISO).struct
    minute = part.field("minute").fill_null("23:59")
    bare = part.field("minute").is_null()
    second = part.field("second").fill_null(pl.when(bare).then(pl.lit("59.999999")).otherwise(
        pl.lit("00")))  # fmt: skip
    zone = part.field("zone").fill_null("+0000").str.replace("Z", "+0000").str.replace(":", "")
    whole = pl.concat_str(part.field("day"), pl.lit("T"), minute, pl.lit(":"), second, zone)
    return whole.str.to_datetime(
        "%Y-%m-%dT%H:%M:%S%.f%z", time_unit="us", time_zone="UTC", strict=False
    )


def iso(time: pl.Expr) -> pl.Expr:
    """UTC as text of one length, which sorts as the times do."""
    return time.dt.strftime("%Y-%m-%dT%H:%M:%S%.6f+00:00")
