"""The course of one part: read, sifted, answered, written; done once, however often begun."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import polars as pl

from functions.batch import answers, asking, records, rows
from functions.batch.answers import Scored
from functions.batch.rows import Rows
from functions.batch.sift import sift
from functions.batch.store import File, Store
from functions.shared.csv_text import UnreadableFile
from functions.shared.usecase import Deployed
from penstock import layout
from penstock.errors import Violation

Facts = dict[str, Any]


@dataclass(frozen=True)
class Scoring:
    """A job's part: `job` and `part` are what `plan` wrote."""

    store: Store
    usecase: Deployed
    environment: str
    job: Facts
    part: Facts
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def run(self) -> Facts:
        """What the part came to. A part that was done is not done again."""
        key = self._job_key(f"parts/{self.part['part']:06}.json")
        if done := self.store.read_json(key):
            return done
        began = time.perf_counter()
        scored = self._scored()
        self._write(scored)
        summary = {
            "part": self.part["part"],
            "rows": len(scored.ids),
            "scored": len(scored.good),
            "refused": len(scored.broken),
            "labels": dict(scored.labels.value_counts(sort=True).iter_rows()),
            "seconds": round(time.perf_counter() - began, 3),
        }
        self.store.write(key, json.dumps(summary).encode())
        return summary

    def _scored(self) -> Scored:
        job, part = self.job, self.part
        found = self._read()
        sifted = sift(found, self.usecase.contract)
        ids = answers.ids(job["day"], job["id"], part["part"], found.count)
        scores, labels = self._asked(sifted.values)
        return Scored(ids, found.row_ids, sifted.good, sifted.values, scores, labels, sifted.broken)

    def _asked(self, values: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
        if values.is_empty():
            return pl.Series(dtype=pl.Float64), pl.Series(dtype=pl.String)
        ask = asking.by_native if "artifact" in self.job else asking.by_version
        answered = ask(values, self.store, self.job)
        return pl.Series(answered.scores), answered.labels

    def _read(self) -> Rows:
        """The part's rows; of a file that turns out to be damaged every row is refused."""
        part, contract = self.part, self.usecase.contract
        file = File(part["key"], part["version_id"], part["size"])
        where, count = self.store.uri(file.key), part["rows"]
        try:
            if file.format == "parquet":
                path = self.store.local(file)
                return rows.of_parquet(path, part["first"], count, contract, where=where)
            data = self.store.span(file, part["start"], part["end"])
            if file.format == "csv":
                return rows.of_csv(data, part["columns"], contract, where=where)
            return rows.of_jsonl(data, contract)
        except UnreadableFile as error:
            why = {i: [Violation(i, "line", error.expected, error.what)] for i in range(count)}
            return Rows(count, {}, rows.no_ids(count), why)

    def _write(self, scored: Scored) -> None:
        """Each under one name, so that a second attempt writes over what the first one left."""
        name, job, part, now = self.usecase.name, self.job, self.part, self.now()
        number, suffix, contract = part["part"], job["output"], self.usecase.contract
        stamp = {"prediction_time": now.isoformat(timespec="milliseconds")}
        facts = stamp | {
            "usecase": name,
            "environment": self.environment,
            "function_version": job["version"],
            "model_package": job["model_package"],
            "dataset_version": job["dataset_version"],
        }
        personal = any(column.personal for column in contract.columns)
        key = self.store.hmac_key() if personal else None
        kept = records.records(scored, contract, facts, self.usecase.capture_rate, key)
        if kept.height:
            self.store.write(
                layout.batch_records_key(name, now, job["id"], number),
                answers.to_bytes(kept, "parquet"),
            )
        if scored.broken:
            self.store.write(
                layout.batch_failed_key(name, job["id"], f"part-{number:06}.jsonl"),
                answers.failures(scored.broken, part["key"], part["first"]),
            )
        frame = answers.output(scored, part["key"], part["first"], job)
        out = layout.batch_out_key(name, job["id"], number, suffix)
        self.store.write(out, answers.to_bytes(frame, suffix))

    def _job_key(self, name: str) -> str:
        return layout.batch_job_key(self.usecase.name, self.job["id"], name)
