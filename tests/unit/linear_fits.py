"""Fits of logistic regression to awkward matrices: how far graph and numpy are from scikit-learn.

Runs in the training interpreter: OUT.json
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from penstock.encoding import Encoding
from penstock.scorer import session
from training import graph, model
from training.errors import TrainingError

PLAIN = {
    "name": "logistic_regression", "C": 1.0, "penalty": "l2", "max_iter": 1000,
    "class_weight": None,
}  # fmt: skip
KINDS = {"plan": ("a", "b", "c")}
ROWS = 400


def main(out: Path) -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(size=ROWS)
    target = (x + rng.normal(0, 0.7, ROWS) > 0.8).astype(np.int64)
    texts = {"plan": rng.choice(["a", "b", "c", ""], ROWS).astype(object)}
    numbers = {"x": x, "other": rng.normal(size=ROWS)}
    holes = {"x": np.where(rng.random(ROWS) < 0.3, np.nan, x), "never": np.full(ROWS, np.nan)}
    far = {"x": 1e6 + x, "flat": np.full(ROWS, 5.0), "tiny": 1e-9 * x}
    cases: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
        "numbers": (numbers, PLAIN),
        "texts": (texts, PLAIN),
        "both": (numbers | texts, PLAIN),
        "holes": (holes | texts, PLAIN),
        "far": (far, PLAIN),
        "no penalty": (holes | texts, PLAIN | {"penalty": "none"}),
        "balanced": (numbers | texts, PLAIN | {"class_weight": "balanced"}),
        "strong": (numbers | texts, PLAIN | {"C": 1e-6}),
    }
    told = {name: _told(*case, target) for name, case in cases.items()}
    try:
        _told(numbers | texts, PLAIN | {"max_iter": 1}, target)
    except TrainingError as error:
        told["unsettled"] = {"error": str(error)}
    out.write_text(json.dumps(told))


def _told(columns: Mapping[str, Any], algorithm: Mapping[str, Any], target: Any) -> dict[str, Any]:
    encoding = Encoding.fit(columns)
    packed = encoding.pack(columns)
    matrix = graph.matrix(encoding, packed)
    made, again = (model.fit(matrix, target, encoding, algorithm, 7) for _ in range(2))
    both = [graph.build(encoding, one.graph()).SerializeToString() for one in (made, again)]
    # what training never saw: a value that lacks, a text of its own
    wild = {n: _spoiled(v) for n, v in columns.items()}
    seen = graph.matrix(encoding, encoding.pack(wild))
    native, ran = made.scores(seen), session(both[0]).run(None, encoding.pack(wild))[0]
    plain: Any = made
    base, added = plain.linear.contributions(seen)
    return {
        "graph": float(np.abs(ran - native).max()),
        "numpy": float(np.abs(plain.linear.scores(seen) - native).max()),
        "sums": float(np.abs(base + added.sum(axis=1) - np.log(native / (1 - native))).max()),
        "begins": float(made.contributions(matrix).mean(axis=0).__abs__().max()),
        "same": both[0] == both[1],
        "mean": float(native.mean()),
        "spread": float(native.std()),
        "shape": list(ran.shape),
    }


def _spoiled(values: Any) -> Any:
    values = values.copy()
    values[::5] = np.nan if values.dtype.kind == "f" else "never seen"
    return values


if __name__ == "__main__":
    main(Path(sys.argv[1]))
