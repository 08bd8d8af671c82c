"""One row: how much the scorer adds to ONNX Runtime's own call. MODEL_DIR [ROUNDS]

.venv/bin/python -m benchmarks.score_row <folder of a model artifact>
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from penstock import features, golden
from penstock.scorer import OUTPUT, Scorer, session


def microseconds(call: Callable[[], object], rounds: int) -> float:
    """The median of `rounds` calls, after some that warm up."""
    for _ in range(200):
        call()
    times = []
    for _ in range(rounds):
        began = time.perf_counter_ns()
        call()
        times.append(time.perf_counter_ns() - began)
    return median(times) / 1000


def main(model_dir: Path, rounds: int = 3000) -> dict[str, float]:
    """Microseconds of the bare call, of the scorer, and of a request's parsing and scoring."""
    scorer = Scorer(model_dir)
    instance = golden.read(model_dir / "golden.jsonl")[0]["request"]["instances"]
    columns = scorer.contract.parse(instance)
    derive = features.load(model_dir / "features.py")
    packed = scorer.encoding.pack(derive(columns))
    run = session(model_dir / "model.onnx").run
    bare = microseconds(lambda: run([OUTPUT], packed), rounds)
    steps = {
        "onnx_us": bare,
        "parse_us": microseconds(lambda: scorer.contract.parse(instance), rounds),
        "features_us": microseconds(lambda: derive(columns), rounds),
        "pack_us": microseconds(lambda: scorer.encoding.pack(columns | derive(columns)), rounds)
        - microseconds(lambda: columns | derive(columns), rounds),
        "scorer_us": microseconds(lambda: scorer.score(columns), rounds),
    }
    return steps | {"scorer_to_onnx": steps["scorer_us"] / bare}


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    found = main(Path(sys.argv[1]), *(int(n) for n in sys.argv[2:3]))
    print(json.dumps({name: round(value, 2) for name, value in found.items()}, indent=1))
