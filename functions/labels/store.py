"""What labels reads from and writes to AWS."""

import io
import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from functions.labels import join
from functions.labels.settings import Settings
from functions.labels.truths import SCHEMA
from functions.shared import bus, files, lake, s3, table
from penstock import events, layout

_SECOND = timedelta(seconds=1)  # S3 tells whole ones: by then it had come


@dataclass(frozen=True)
class Store:
    """The lake of one use case, its counters, and the event bus."""

    settings: Settings
    usecase: str

    @property
    def bucket(self) -> str:
        return self.settings.lake_bucket

    def source(self, key: str, version_id: str) -> tuple[bytes, datetime]:
        """A file, and when it came."""
        version = {"VersionId": version_id} if version_id else {}
        found = s3.client().get_object(Bucket=self.bucket, Key=key, **version)
        return found["Body"].read(), found["LastModified"] + _SECOND

    def report(self, source: str) -> dict[str, Any] | None:
        return s3.read_json(self.bucket, layout.labels_report_key(self.usecase, source))

    def begin(self, source: str, report: Mapping[str, Any]) -> None:
        key = layout.labels_report_key(self.usecase, source)
        first = {"waiting": report["rows_accepted"], "lost": 0, "labelled": 0, "tried": False}
        s3.write_json(self.bucket, key, {**report, **first})

    def progress(self, source: str, waiting: int, lost: int) -> None:
        """What has become of a file's truths: each waits, is lost, or is labelled.

        Two joins may tell of one file: fewer wait and more are lost as time goes on.
        """

        def change(body: bytes | None) -> bytes | None:
            if body is None:  # whoever reads the file has yet to write its report
                return None
            report = json.loads(body)
            found = {"waiting": min(waiting, report["waiting"]), "lost": max(lost, report["lost"])}
            found["labelled"] = report["rows_accepted"] - sum(found.values())
            found["tried"] = True
            return s3.to_json(report | found) if report | found != report else None

        s3.update(self.bucket, layout.labels_report_key(self.usecase, source), change)

    def reject(self, source: str, rows: pl.DataFrame) -> None:
        key = layout.rejected_labels_key(self.usecase, source)
        s3.write(self.bucket, key, rows.write_csv().encode())

    def set_aside(self, source: str, rows: pl.DataFrame) -> int:
        """Beside those of the file that were set aside before, each once; how many they are."""
        total = 0

        def change(body: bytes | None) -> bytes | None:
            nonlocal total
            before = pl.read_csv(io.BytesIO(body), schema=rows.schema) if body else rows.clear()
            both = pl.concat([before, rows]).unique("line", keep="first").sort("line")
            total = both.height
            return both.write_csv().encode() if both.height > before.height else None

        s3.update(self.bucket, layout.unjoined_labels_key(self.usecase, source), change)
        return total

    def park(self, source: str, rows: pl.DataFrame) -> None:
        s3.write(self.bucket, layout.pending_key(self.usecase, source), _parquet(rows))

    def keep(self, source: str, waiting: pl.DataFrame) -> None:
        """Only these wait any longer."""
        if waiting.height:
            self.park(source, waiting)
        else:
            key = layout.pending_key(self.usecase, source)
            s3.client().delete_object(Bucket=self.bucket, Key=key)

    def parked(self) -> dict[str, pl.DataFrame]:
        """The truths that wait, by the file that they came in."""
        with tempfile.TemporaryDirectory() as scratch:
            keys = list(lake.keys(self.bucket, layout.pending_prefix(self.usecase)))
            paths = lake.download(self.bucket, keys, Path(scratch))
            return {
                Path(key).stem: pl.read_parquet(path).cast(SCHEMA)  # type: ignore[arg-type]
                for key, path in zip(keys, paths, strict=True)
            }

    def records(
        self,
        days: Sequence[str],
        types: files.Types,
        look: Callable[[pl.LazyFrame], pl.DataFrame],
    ) -> tuple[pl.DataFrame, list[str]]:
        """What `look` finds in the records that arrived on these days; and what was wrong."""
        found, troubles = [look(pl.LazyFrame(schema=dict(types)))], []
        for day in days:
            prefix = f"{layout.predictions_prefix(self.usecase)}{day}/"
            with tempfile.TemporaryDirectory() as scratch:
                paths = lake.download(self.bucket, lake.keys(self.bucket, prefix), Path(scratch))
                frame, seen = files.read(paths, types, look)
                found.append(frame)
                troubles += [trouble.what for trouble in files.troubles(seen, types)]
        return pl.concat(found).unique("prediction_id", maintain_order=True), troubles

    def label(self, day: str, labelled: pl.DataFrame) -> tuple[int, int, int]:
        """Add to a day's labelled answers; (all of the day, those that are new, those changed)."""
        counts = (0, 0, 0)

        def change(body: bytes | None) -> bytes | None:
            nonlocal counts
            before = pl.read_parquet(io.BytesIO(body)) if body else labelled.clear()
            after = join.largest(pl.concat([before, labelled], how="diagonal_relaxed"))
            both = before.join(after, "prediction_id", suffix="_now")
            changed = both.filter(pl.col("outcome") != pl.col("outcome_now")).height
            counts = (after.height, after.height - before.height, changed)
            made = _parquet(after)
            return made if made != body else None

        s3.update(self.bucket, layout.labelled_key(self.usecase, day), change)
        return counts

    def count(self, rows: Mapping[str, int]) -> tuple[int, bool]:
        """Write down how many answers of these days are labelled; (of all days, whether it moved).

        Written from what is there, not added up: what was broken off is made good by the next.
        """
        pk, sk = f"labels#{self.usecase}", "counters"
        for _ in range(s3.ATTEMPTS):
            seen = table.get(self.settings.table_name, pk, sk)
            before = json.loads(seen["days"]) if seen else {}
            days = before | {day: max(n, before.get(day, 0)) for day, n in rows.items()}
            total = sum(days.values())
            if days == before:
                return total, False
            row = {
                "pk": pk,
                "sk": sk,
                "joined_total": str(total),
                "days": json.dumps(days, sort_keys=True),
            }
            name, known = self.settings.table_name, seen["days"] if seen else None
            if table.replace(name, row, "days", known):
                return total, True
        raise s3.Busy(
            f"the counters changed {s3.ATTEMPTS} times meanwhile",
            where=f"table {self.settings.table_name}, {pk}",
            expected="a quiet moment",
        )

    def announce(self, result: Mapping[str, Any]) -> None:
        bus.tell(events.LABELS_JOINED, {"environment": self.settings.environment, **result})


def _parquet(rows: pl.DataFrame) -> bytes:
    made = io.BytesIO()
    rows.write_parquet(made, compression="zstd")
    return made.getvalue()
