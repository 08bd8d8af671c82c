"""Ours beside its peers: one row, ten thousand rows, the first answer, the package. In one run.

.venv/bin/python -m benchmarks.predict [path ...]

Every path answers the same rows with the same trained model, in its own pinned environment and its
own process; rounds alternate, so that a busy machine slows all of them. Scores are compared first.
fastapi, bentoml and mlflow_server are asked over HTTP on this machine, the others in process.
"""

import json
import statistics
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import environments
from benchmarks.predict import models, task
from benchmarks.predict.child import Child, cold_start
from infra.packaging import layers
from infra.packaging.target import named
from penstock.errors import PenstockError

ROOT = environments.ROOT
ROUNDS, WARM_UP, SINGLES, BATCHES, STARTS = 20, 3, 100, 3, 5
PARITY = 1e-5
RESULTS = ROOT / "benchmarks" / "results" / "predict.json"
SERVE = ROOT / "layers" / "serve" / "requirements.txt"
ANCHOR = Path(__file__).parent / "anchor"


@dataclass
class Measured:
    """One path. Its module in paths/, the environment it runs in; what was found."""

    name: str
    module: str
    environment: str
    python: Path = Path()
    singles: list[float] = field(default_factory=list)
    batches: list[float] = field(default_factory=list)
    starts: list[float] = field(default_factory=list)

    def figures(self, package_mb: float | None) -> dict[str, float | None]:
        cuts = statistics.quantiles(self.singles, n=100)
        return {
            "p50_us": round(cuts[49], 1),
            "p99_us": round(cuts[98], 1),
            "rows_per_s": round(models.ROWS / statistics.median(self.batches)),
            "cold_start_ms": round(statistics.median(self.starts), 1) if self.starts else None,
            "package_mb": round(package_mb, 1) if package_mb else None,
        }


OURS = (("ours", "ours", "serve"), ("bare_onnx", "bare_onnx", "serve"))
PEERS = (
    ("xgboost_inplace", "xgboost_inplace", "sklearn"),
    ("sklearn_pipeline", "sklearn_pipeline", "sklearn"),
    ("mlflow_pyfunc", "mlflow_pyfunc", "mlflow"),
    ("fastapi", "fastapi_onnx", "fastapi"),
    ("bentoml", "bentoml_onnx", "bentoml"),
    ("mlflow_server", "mlflow_server", "mlflow"),
)


def main(only: list[str]) -> None:
    found: dict[str, dict[str, float | None]] = {}
    wanted = [path for path in (*OURS, *PEERS) if not only or path[0] in only]
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        task.lay_out(folder, ANCHOR, models.anchor())
        paths = [path for path in map(_installed, wanted) if path]
        _measure(paths, folder)
        _start(paths, folder)
        for path in paths:
            found[path.name] = path.figures(_megabytes(path, folder))
    for name in () if only else ("triage", "churn"):
        with tempfile.TemporaryDirectory() as scratch:
            task.lay_out(Path(scratch), ROOT / "usecases" / name, models.of(name))
            paths = [path for path in map(_installed, OURS) if path]
            _measure(paths, Path(scratch))
            found |= {f"{path.name}_{name}": path.figures(None) for path in paths}
    _report(found)
    if not only:
        nothing = dict.fromkeys(next(iter(found.values())))
        whole = {name: nothing for name, _, _ in (*OURS, *PEERS)} | found
        RESULTS.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")


def _installed(path: tuple[str, str, str]) -> Measured | None:
    """None where a peer cannot be had here, which is said."""
    made = Measured(*path)
    locks = (SERVE,) if made.environment == "serve" else ()
    try:
        made.python = environments.python(made.environment, *locks)
    except PenstockError as error:
        if made.environment == "serve":
            raise
        print(f"{made.name}: left out: {error}", file=sys.stderr)
        return None
    return made


def _measure(paths: list[Measured], folder: Path) -> None:
    with ExitStack() as running:
        children = [
            (path, running.enter_context(Child(path.python, path.module, folder))) for path in paths
        ]
        _compare([(path.name, child.scores()) for path, child in children])
        for number in range(ROUNDS):
            for path, child in children:
                took = child.singles(SINGLES)
                path.singles += took if number >= WARM_UP else []
        for _ in range(BATCHES):
            for path, child in children:
                path.batches.append(child.all_rows())


def _compare(scores: list[tuple[str, list[float]]]) -> None:
    """A path that answers something else is not measured beside the others."""
    first, expected = scores[0]
    for name, found in scores[1:]:
        error = max(abs(a - b) for a, b in zip(found, expected, strict=True))
        if not error <= PARITY:
            sys.exit(f"{name} and {first} differ by {error:.2g}, expected at most {PARITY:g}")


def _start(paths: list[Measured], folder: Path) -> None:
    for _ in range(STARTS):
        for path in paths:
            path.starts.append(cold_start(path.python, path.module, folder))


def _megabytes(path: Measured, folder: Path) -> float:
    """Ours and the floor as they lie in a Lambda; a peer's environment as it lies on this disk."""
    model = (folder / "task" / "model" / "model.onnx").stat().st_size / 1e6
    if path.environment != "serve":
        return environments.megabytes(path.python) + model
    layer = layers.build("serve", named("lambda")).unzipped_bytes / 1e6
    files = [file for file in (folder / "task").rglob("*") if file.is_file()]
    own = sum(file.stat().st_size for file in files) / 1e6
    return layer + (own if path.name == "ours" else model)


def _report(found: dict[str, dict[str, float | None]]) -> None:
    heads = ("p50 us", "p99 us", "rows/s", "cold ms", "MB", "p50 / bare")
    print(f"{'path':<18}" + "".join(f"{head:>12}" for head in heads))
    for name, figures in found.items():
        usecase = name.removeprefix("ours").removeprefix("bare_onnx")
        floor = found.get(f"bare_onnx{usecase}", found.get("bare_onnx", {})).get("p50_us")
        own = figures["p50_us"]
        ratio = own / floor if own and floor else None
        cells = [f"{'-' if v is None else format(v, ',.1f'):>12}" for v in figures.values()]
        print(f"{name:<18}{''.join(cells)}{'-' if ratio is None else format(ratio, '.2f'):>12}")
    _reach(found)


def _reach(found: dict[str, dict[str, float | None]]) -> None:
    """What PERFORMANCE.md asks for, beside what was found."""
    for figure, ours, other, limit in (
        ("p50_us", "ours", "bare_onnx", "at most 3"),
        ("p50_us", "mlflow_pyfunc", "ours", "at least 100"),
        ("cold_start_ms", "ours", "bare_onnx", "at most 1.5"),
    ):
        one, two = (found.get(name, {}).get(figure) for name in (ours, other))
        if one and two:
            print(f"{figure}, {ours} / {other}: {one / two:.2f} (reach: {limit})")


if __name__ == "__main__":
    main(sys.argv[1:])
