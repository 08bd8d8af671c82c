"""The course of one part: read, sifted, answered, written; done once, however often begun."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import polars as pl

from functions.batch import answers, records, rows
from functions.batch.answers import Scored
from functions.batch.errors import ContractsDiffer, NoModel, PredictFailed
from functions.batch.rows import Rows
from functions.batch.sift import sift
from functions.batch.store import File, Store
from functions.shared.csv_text import UnreadableFile
from functions.shared.usecase import Deployed
from penstock import layout
from penstock.errors import Violation

# Lambda takes 6 MB; the answers to so many rows are below one.
REQUEST_ROWS, REQUEST_BYTES = 10_000, 5_500_000

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
            "labels": dict(Counter(scored.labels)),
            "seconds": round(time.perf_counter() - began, 3),
        }
        self.store.write(key, json.dumps(summary).encode())
        return summary

    def _scored(self) -> Scored:
        job, part = self.job, self.part
        found = self._read()
        sifted = sift(found, self.usecase.contract)
        scores: list[float] = []
        labels: list[str] = []
        # the next request is encoded while the last one is answered
        with ThreadPoolExecutor(1) as pool:
            for said in pool.map(self._ask, requests(sifted.values)):
                scores += [one["score"] for one in said]
                labels += [one["label"] for one in said]
        return Scored(
            answers.ids(job["day"], job["id"], part["part"], found.count),
            found.row_ids, sifted.good, sifted.values, scores, labels, sifted.broken,
        )  # fmt: skip

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
            return Rows(count, {}, [""] * count, why)

    def _ask(self, request: bytes) -> list[Facts]:
        version = self.job["version"]
        said = self.store.predict(version, request)
        if "error" not in said and said["model"]["version"] == version:
            return list(said["predictions"])
        where = f"{self.store.predict_function}:{version}"
        error = said.get("error", {})
        if error.get("status") == 400:
            raise ContractsDiffer(
                error["message"], where=where, expected="the deployed contract: release it"
            )
        if error.get("status") == 503:
            raise NoModel(error["message"], where=where, expected="a version with a model")
        raise PredictFailed(f"{error or said.get('model')}", where=where, expected="predictions")

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


def requests(values: pl.DataFrame) -> Iterator[bytes]:
    """Requests in column form, in the rows' order, each of a size that Lambda takes."""
    step, start = REQUEST_ROWS, 0
    while start < values.height:
        some = values.slice(start, step)
        # polars writes a number's shortest text, as json does, in a tenth of the time
        columns = some.select(pl.all().implode()).write_ndjson().strip()
        body = f'{{"columns":{columns}}}'.encode()
        if len(body) > REQUEST_BYTES and step > 1:
            step = max(1, step * REQUEST_BYTES // len(body) - 1)
            continue
        yield body
        start += some.height
