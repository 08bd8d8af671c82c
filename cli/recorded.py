"""Finds one prediction's record by its id: in the lake by the day in the id, else in the log."""

import io
import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from cli.errors import CommandError
from cli.stack import Stack
from cli.target import Target
from penstock import layout

Record = dict[str, Any]

_ID = re.compile(r"(\d{8})-[0-9a-f]{24}")
# Files are by arrival: a delivery that failed is tried again for a day.
_LATE = timedelta(days=2)
_AT_ONCE = 8


def find(target: Target, stack: Stack, usecase: str, prediction_id: str) -> Record:
    """The record as it was printed; CommandError if there is none, or the id is none."""
    day = _day(prediction_id)
    found = _in_the_lake(target, stack, usecase, prediction_id, day)
    found = found or _in_the_log(target, stack, prediction_id, day)
    if found is None:
        raise CommandError(
            f"no prediction {prediction_id} of {usecase} is recorded in {target.where} "
            "(a capture_rate below 1 leaves some out)"
        )
    return found


def _day(prediction_id: str) -> datetime:
    named = _ID.fullmatch(prediction_id)
    try:
        return datetime.strptime(named[1] if named else "", "%Y%m%d").replace(tzinfo=UTC)
    except ValueError:
        raise CommandError(
            f"{prediction_id!r} is no prediction id: expected one as an answer gives it, "
            "such as 20261231-0123456789abcdef01234567"
        ) from None


def _in_the_lake(
    target: Target, stack: Stack, usecase: str, prediction_id: str, day: datetime
) -> Record | None:
    client = target.client("s3")
    keys = _keys(client, stack.lake_bucket, usecase, day)

    def look(key: str) -> Record | None:
        body = client.get_object(Bucket=stack.lake_bucket, Key=key)["Body"].read()
        return _row(body, prediction_id)

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        while some := list(islice(keys, _AT_ONCE)):
            for found in pool.map(look, some):
                if found is not None:
                    return found
    return None


def _keys(client: Any, bucket: str, usecase: str, day: datetime) -> Iterator[str]:
    """The prefixes are hours, so that their order is the order of arrival."""
    end = layout.predictions_hour(usecase, day + timedelta(days=1) + _LATE)
    pages = client.get_paginator("list_objects_v2").paginate(
        Bucket=bucket,
        Prefix=layout.predictions_prefix(usecase),
        StartAfter=layout.predictions_hour(usecase, day),
    )
    for page in pages:
        for item in page.get("Contents", []):
            if item["Key"] >= end:
                return
            if item["Key"].endswith(".parquet"):
                yield item["Key"]


def _row(body: bytes, prediction_id: str) -> Record | None:
    """A file that cannot be read holds no record that anyone could be shown."""
    import polars as pl  # not at the top: only who asks why waits for it
    from polars.exceptions import PolarsError

    try:
        ids = pl.col("prediction_id") == prediction_id
        rows = pl.scan_parquet(io.BytesIO(body)).filter(ids).collect().to_dicts()
    except PolarsError:
        return None
    return rows[0] if rows else None


def _in_the_log(target: Target, stack: Stack, prediction_id: str, day: datetime) -> Record | None:
    """Records reach the lake after up to 15 minutes."""
    pages = (
        target.client("logs")
        .get_paginator("filter_log_events")
        .paginate(
            logGroupName=stack.predict_log_group,
            startTime=int(day.timestamp() * 1000),
            filterPattern=f'{{ $.prediction_id = "{prediction_id}" }}',
        )
    )
    for page in pages:
        for event in page["events"]:
            found: Record = json.loads(event["message"])
            return found
    return None
