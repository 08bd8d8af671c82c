"""Batch: a part's whole way, read to records, beside ONNX Runtime and XGBoost on the same rows.

.venv/bin/python -m benchmarks.batch

Whoever scores does so in a process of its own with one thread, asked in JSON as Lambda asks; as on
AWS two of them are asked at a time. The lake is a dictionary. The two peers are one process of one
thread each, given rows that are ready for them.
"""

import io
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection, Listener
from pathlib import Path
from queue import Queue
from typing import Any

import polars as pl

from benchmarks import environments
from benchmarks.predict import models, task
from benchmarks.predict.child import ENVIRONMENT, Child
from functions.batch import asking
from functions.batch import score as scoring
from functions.batch.store import Store
from functions.shared import usecase as deployed
from infra.packaging import functions
from penstock import artifact, features, spec_file

ROOT = environments.ROOT
RESULTS = ROOT / "benchmarks" / "results" / "batch.json"
REPEATS, ROUNDS = 5, 5  # of the 10,000 rows, for a part of the default size; of all paths
PARITY = 1e-5
PEERS = {"bare_onnx": "serve", "xgboost_matrix": "sklearn"}
SCORERS = {"predict": "serve", "explain": "sklearn"}


@dataclass(frozen=True)
class Lake(Store):
    """The store, without AWS: what is written stays here, the functions are behind sockets."""

    files: dict[str, bytes]
    scorers: dict[str, Queue[Connection]]

    def blocks(self, file: Any, start: int = 0, end: int | None = None) -> Any:
        yield self.files[file.key][start:end]

    def write(self, key: str, body: bytes) -> None:
        self.files[key] = body

    def read_json(self, key: str) -> None:
        return None

    def predict(self, version: str, request: bytes) -> dict[str, Any]:
        return self._ask("predict", request)

    def scores(self, request: bytes) -> dict[str, Any]:
        return self._ask("explain", request)

    def _ask(self, function: str, request: bytes) -> dict[str, Any]:
        free = self.scorers[function].get()
        free.send_bytes(request)
        answer: dict[str, Any] = json.loads(free.recv_bytes())
        self.scorers[function].put(free)
        return answer


def main(name: str) -> dict[str, float]:
    """Rows a second of each path, by the median of rounds that alternate."""
    anchor = name == "anchor"
    folder = ROOT / "benchmarks" / "predict" / "anchor" if anchor else ROOT / "usecases" / name
    with tempfile.TemporaryDirectory() as made, ExitStack() as ends:
        scratch, trained = Path(made), models.anchor() if anchor else models.of(name)
        task.lay_out(scratch, folder, trained)
        (scratch / "artifact").symlink_to(trained / "model")
        rows = json.loads((scratch / "rows.json").read_text(encoding="utf-8")) * REPEATS
        sha256 = features.sha256(folder / "features.py")
        scorers: dict[str, Queue[Connection]] = {function: Queue() for function in SCORERS}
        for function, free in scorers.items():
            for number in range(asking.IN_FLIGHT):
                socket = scratch / f"{function}{number}"
                free.put(ends.enter_context(scorer(function, scratch, sha256, socket)))
        paths: dict[str, Callable[[], float]] = {
            f"{runtime}_{suffix}": part(folder, rows, suffix, runtime, scorers)
            for runtime in ("native", "graph")
            for suffix in ("parquet", "csv", "jsonl")
        }
        ours = set(paths)
        peers = {
            path: ends.enter_context(Child(_python(environment), path, scratch))
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
    sizes = {path: len(rows) if path in ours else models.ROWS for path in paths}
    return {path: round(sizes[path] / statistics.median(t)) for path, t in taken.items()}


@contextmanager
def scorer(function: str, folder: Path, sha256: str, socket: Path) -> Iterator[Connection]:
    """The function's process, at the other end of a socket."""
    with Listener(str(socket), "AF_UNIX") as door:
        python = _python(SCORERS[function])
        words = (python, "-m", "benchmarks.batch_scorer", function, folder, sha256, socket)
        process = subprocess.Popen(words, cwd=ROOT, env=ENVIRONMENT)
        with door.accept() as connection:
            yield connection
            connection.send_bytes(b"")
        process.wait(10)


def part(
    folder: Path,
    rows: list[dict[str, Any]],
    suffix: str,
    runtime: str,
    scorers: dict[str, Queue[Connection]],
) -> Callable[[], float]:
    """A part of a job, to be scored again and again; seconds."""
    said = spec_file.load(folder / "usecase.yaml")
    with tempfile.TemporaryDirectory() as scratch:
        for file, content in functions.usecase_files(said, folder).items():
            target = Path(scratch) / file
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(content if isinstance(content, bytes) else content.read_bytes())
        known = deployed.load(Path(scratch) / "usecase")
    data, start = _file(rows, suffix)
    cut = {"part": 0, "first": 0, "rows": len(rows), "start": start, "end": len(data)}
    # each has a file of its own: one that was fetched is kept by its name
    key, columns = f"{runtime}.{suffix}", list(rows[0])
    named = {"key": key, "version_id": "", "size": len(data), "columns": columns}
    job: dict[str, Any] = {
        "id": "j", "day": "20261121", "version": "1", "output": "parquet",
        "model_package": "arn", "dataset_version": "none",
    }  # fmt: skip
    if runtime == "native":
        job |= {"artifact": dict.fromkeys(artifact.NAMED, "the version's")}
    lake = Lake("lake", "table", "x", "predict", 10, "explain", {key: data}, scorers)

    def run() -> float:
        began = time.perf_counter()
        done = scoring.Scoring(lake, known, "dev", job, cut | named).run()
        took = time.perf_counter() - began
        if done["scored"] != len(rows):
            sys.exit(f"{done['refused']} rows of the benchmark were refused")
        return took

    return run


def _file(rows: list[dict[str, Any]], suffix: str) -> tuple[bytes, int]:
    """Its bytes, and where the first row begins."""
    frame, body = pl.DataFrame(rows, infer_schema_length=None), io.BytesIO()
    match suffix:
        case "parquet":
            frame.write_parquet(body)
        case "csv":
            frame.write_csv(body)
        case "jsonl":
            frame.write_ndjson(body)
    data = body.getvalue()
    return data, data.index(b"\n") + 1 if suffix == "csv" else 0


def _python(environment: str) -> Path:
    serve = ROOT / "layers" / "serve" / "requirements.txt"
    return environments.python(environment, *([serve] if environment == "serve" else []))


if __name__ == "__main__":
    found = {name: main(name) for name in ("anchor", "triage")}
    for name, figures in found.items():
        print(name, ", ".join(f"{path} {rows:,} rows/s" for path, rows in figures.items()))
    RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
