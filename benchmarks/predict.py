"""How much the predict handler adds to the bare model: both in one run, as ratios.

.venv/bin/python -m benchmarks.predict <folder of a model artifact>

The artifact's own golden requests are asked, one row at a time: contract, features, model, answer
and record on one side, the same rows as packed tensors through ONNX Runtime on the other. Rounds of
both alternate, so that a busy machine slows both.
"""

import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from functions.predict.predictor import Predictor
from functions.predict.settings import Settings
from penstock import features, golden, scorer

ROUNDS, WARM_UP = 400, 40
REACH = 3.0
BARE = "bare ONNX, packed"
ARN = "arn:aws:lambda:us-east-1:000000000000:function:predict:live"


def main(artifact_dir: Path) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        model_dir = Path(shutil.copytree(artifact_dir, Path(scratch) / "model"))
        entries = golden.read(model_dir / "golden.jsonl")
        requests = [e["request"] for e in entries if len(e["request"]["instances"]) == 1]
        calls = {"handler": _handler(model_dir), BARE: _bare(model_dir, requests)}
        times: dict[str, list[float]] = {name: [] for name in calls}
        for number in range(ROUNDS):
            for name, call in calls.items():
                took = [_timed(call, i, request) for i, request in enumerate(requests)]
                if number >= WARM_UP:
                    times[name] += took
    _report(times)


def _handler(model_dir: Path) -> Callable[[int, Any], Any]:
    """The handler as Lambda calls it; what it prints goes to /dev/null, as a pipe would take it."""
    said = {"model_package_arn": "arn", "dataset_version": "none"}
    (model_dir / "release.json").write_text(json.dumps(said), encoding="utf-8")
    settings = Settings("benchmark", "dev", features.sha256(model_dir / "features.py"), 1.0)
    loaded = Predictor.load(model_dir, settings)
    nowhere = Path(os.devnull).open("w", buffering=1, encoding="utf-8")  # noqa: SIM115
    predictor = Predictor(loaded.scorer, loaded.capture, loaded.model, nowhere.write)
    context = SimpleNamespace(invoked_function_arn=ARN, function_version="1")
    return lambda i, request: predictor.answer(request, context)


def _bare(model_dir: Path, requests: list[Any]) -> Callable[[int, Any], Any]:
    loaded = scorer.Scorer(model_dir)
    function = features.load(model_dir / "features.py")
    tensors = [
        loaded.encoding.pack(function(loaded.contract.parse(request["instances"])))
        for request in requests
    ]
    session = scorer.session(model_dir / "model.onnx")
    return lambda i, request: session.run([scorer.OUTPUT], tensors[i])


def _timed(call: Callable[[int, Any], Any], i: int, request: Any) -> float:
    began = time.perf_counter_ns()
    call(i, request)
    return (time.perf_counter_ns() - began) / 1000


def _report(times: dict[str, list[float]]) -> None:
    p50 = {name: statistics.median(took) for name, took in times.items()}
    print(f"{'path':<20}{'p50 us':>10}{'p99 us':>10}{'ratio':>8}")
    for name, took in times.items():
        p99 = statistics.quantiles(took, n=100)[98]
        ratio = p50[name] / p50[BARE]
        print(f"{name:<20}{p50[name]:>10.1f}{p99:>10.1f}{ratio:>8.2f}")
    print(f"reach: the handler within {REACH:g} times the bare call")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
