"""Parquet files of the lake by their keys, whose order is the order of arrival or of days."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from functions.shared import s3
from penstock import layout

# Records are filed by arrival: clocks differ, and a buffer may have been full.
MARGIN = timedelta(days=1)
_WORKERS = 10  # boto3's own connection pool


def records(
    bucket: str, usecase: str, since: datetime, until: datetime | None = None
) -> Iterator[str]:
    """The files that may hold a prediction record of [since, until)."""
    before = layout.predictions_hour(usecase, until + MARGIN) if until else None
    return keys(bucket, layout.predictions_prefix(usecase), _first(usecase, since), before)


def size(bucket: str, usecase: str, since: datetime) -> int:
    """The bytes of the files that may hold a prediction record since then."""
    prefix = layout.predictions_prefix(usecase)
    return sum(item["Size"] for item in _objects(bucket, prefix, _first(usecase, since), None))


def keys(bucket: str, prefix: str, after: str = "", before: str | None = None) -> Iterator[str]:
    """Parquet files under a prefix, from key to key, in order."""
    return (item["Key"] for item in _objects(bucket, prefix, after, before))


def labelled(bucket: str, usecase: str, since: str, folder: Path) -> list[Path]:
    """The labelled answers of each day from that one (yyyy-mm-dd) on, as files."""
    prefix = layout.labelled_prefix(usecase)
    return download(bucket, keys(bucket, prefix, f"{prefix}{since}"), folder)


def _first(usecase: str, since: datetime) -> str:
    return layout.predictions_hour(usecase, since - MARGIN)


def _objects(bucket: str, prefix: str, after: str, before: str | None) -> Iterator[dict[str, Any]]:
    pages = s3.client().get_paginator("list_objects_v2").paginate(
        Bucket=bucket, Prefix=prefix, StartAfter=after
    )  # fmt: skip
    for found in pages:
        for item in found.get("Contents", []):
            if before is not None and item["Key"] >= before:
                return
            if item["Key"].endswith(".parquet"):
                yield item


def download(bucket: str, wanted: Iterable[str], folder: Path) -> list[Path]:
    """The objects as files, in the order of their keys."""

    def fetch(numbered: tuple[int, str]) -> Path:
        path = folder / f"{numbered[0]:06}.parquet"
        path.write_bytes(s3.read(bucket, numbered[1]))
        return path

    with ThreadPoolExecutor(_WORKERS) as pool:
        return list(pool.map(fetch, enumerate(wanted)))
