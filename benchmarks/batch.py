"""Batch: a part's whole way, read to records, beside ONNX Runtime and XGBoost on the same rows.

.venv/bin/python -m benchmarks.batch

The predict function answers in a process of its own, asked in JSON as Lambda asks it; the lake is
a dictionary. The two peers are given rows that are ready for them. Each has one thread.
"""

import io
import json
import multiprocessing
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl

from benchmarks import environments
from benchmarks.predict import models, task
from benchmarks.predict.child import Child
from functions.batch import score as scoring
from functions.batch.store import Store
from functions.predict.predictor import Predictor
from functions.predict.settings import Settings
from functions.shared import usecase as deployed
from infra.packaging import functions
from penstock import features, spec_file

ROOT = environments.ROOT
RESULTS = ROOT / "benchmarks" / "results" / "batch.json"
REPEATS, ROUNDS = 5, 5  # of the 10,000 rows, for a part of the default size; of all paths
PARITY = 1e-5
PEERS = {"bare_onnx": "serve", "xgboost_matrix": "sklearn"}
ARN = "arn:aws:lambda:us-east-1:000000000000:function:predict:1"


@dataclass(frozen=True)
class Lake(Store):
    """The store, without AWS: what is written stays here, predict is at the end of a pipe."""

    files: dict[str, bytes]
    pipe: Connection

    def blocks(self, file: Any, start: int = 0, end: int | None = None) -> Any:
        yield self.files[file.key][start:end]

    def write(self, key: str, body: bytes) -> None:
        self.files[key] = body

    def read_json(self, key: str) -> None:
        return None

    def predict(self, version: str, request: bytes) -> dict[str, Any]:
        self.pipe.send_bytes(request)
        answer: dict[str, Any] = json.loads(self.pipe.recv_bytes())
        return answer


def serve(model: Path, sha256: str, pipe: Connection) -> None:
    """The predict function of version 1."""
    predictor = Predictor.load(model, Settings("anchor", "dev", sha256, 1.0, ""))
    context = SimpleNamespace(invoked_function_arn=ARN, function_version="1")
    while request := pipe.recv_bytes():
        answer = predictor.answer(json.loads(request), context)
        pipe.send_bytes(json.dumps(answer).encode())


def main(name: str) -> dict[str, float]:
    """Rows a second of each path, by the median of rounds that alternate."""
    anchor = name == "anchor"
    folder = ROOT / "benchmarks" / "predict" / "anchor" if anchor else ROOT / "usecases" / name
    with tempfile.TemporaryDirectory() as scratch:
        task.lay_out(Path(scratch), folder, models.anchor() if anchor else models.of(name))
        rows = json.loads((Path(scratch) / "rows.json").read_text(encoding="utf-8")) * REPEATS
        here, there = multiprocessing.Pipe()
        words = (Path(scratch) / "task" / "model", features.sha256(folder / "features.py"), there)
        predict = multiprocessing.Process(target=serve, args=words, daemon=True)
        predict.start()
        paths: dict[str, Callable[[], float]] = {
            f"batch_{suffix}": part(folder, rows, suffix, here) for suffix in ("parquet", "csv")
        }
        peers = {
            path: Child(_python(environment), path, Path(scratch))
            for path, environment in PEERS.items()
        }
        paths |= {path: child.all_rows for path, child in peers.items()}
        scores = [child.scores() for child in peers.values()]
        if (error := max(abs(a - b) for a, b in zip(*scores, strict=True))) > PARITY:
            sys.exit(f"{' and '.join(peers)} differ by {error:.2g}, expected at most {PARITY:g}")
        taken: dict[str, list[float]] = {path: [] for path in paths}
        for _ in range(ROUNDS):
            for path, run in paths.items():
                taken[path].append(run())
        here.send_bytes(b"")
        predict.join(10)
        for child in peers.values():
            child.__exit__()
    sizes = {path: len(rows) if path.startswith("batch") else models.ROWS for path in paths}
    return {path: round(sizes[path] / statistics.median(t)) for path, t in taken.items()}


def part(
    folder: Path, rows: list[dict[str, Any]], suffix: str, pipe: Connection
) -> Callable[[], float]:
    """A part of a job, to be scored again and again; seconds."""
    said = spec_file.load(folder / "usecase.yaml")
    with tempfile.TemporaryDirectory() as scratch:
        for file, content in functions.usecase_files(said, folder).items():
            target = Path(scratch) / file
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(content if isinstance(content, bytes) else content.read_bytes())
        known = deployed.load(Path(scratch) / "usecase")
    frame, body = pl.DataFrame(rows, infer_schema_length=None), io.BytesIO()
    frame.write_parquet(body) if suffix == "parquet" else frame.write_csv(body)
    data = body.getvalue()
    start = 0 if suffix == "parquet" else data.index(b"\n") + 1
    cut = {"part": 0, "first": 0, "rows": len(rows), "start": start, "end": len(data)}
    named = {"key": f"a.{suffix}", "version_id": "", "size": len(data), "columns": frame.columns}
    job = {
        "id": "j", "day": "20261121", "version": "1", "output": "parquet",
        "model_package": "arn", "dataset_version": "none",
    }  # fmt: skip
    lake = Lake("lake", "table", "anchor", "predict", 10, {f"a.{suffix}": data}, pipe)

    def run() -> float:
        began = time.perf_counter()
        done = scoring.Scoring(lake, known, "dev", job, cut | named).run()
        took = time.perf_counter() - began
        if done["scored"] != len(rows):
            sys.exit(f"{done['refused']} rows of the benchmark were refused")
        return took

    return run


def _python(environment: str) -> Path:
    serve = ROOT / "layers" / "serve" / "requirements.txt"
    return environments.python(environment, *([serve] if environment == "serve" else []))


if __name__ == "__main__":
    found = {name: main(name) for name in ("anchor", "triage")}
    for name, figures in found.items():
        print(name, ", ".join(f"{path} {rows:,} rows/s" for path, rows in figures.items()))
    RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
