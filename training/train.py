"""The training job's entry: reads SM_* variables, writes the artifact, prints its metrics."""

import json
import os
import shutil
import sys
import traceback
from pathlib import Path
from typing import Any

import numpy as np

from penstock import baseline, card, features, golden, importance, metrics
from penstock.encoding import Encoding
from penstock.errors import PenstockError
from penstock.matrix import by_feature
from penstock.scorer import Scorer
from training import data, graph, model
from training.errors import TrainingError
from training.job import Job
from training.lineage import lineage

PARITY = 1e-5  # of the ONNX graph to the native model
EXPLAINED = 2000  # rows that say what the model goes by


def run(job: Job) -> dict[str, dict[str, float]]:
    """Train, write the artifact into the model directory; metrics of train and validation."""
    out = job.model_dir
    out.mkdir(parents=True, exist_ok=True)
    derive = features.load(job.features)
    sides = {
        "train": data.read(job.train, job.contract),
        "validation": data.read(job.validation, job.contract),
    }
    derived = {side: derive(table.columns) for side, table in sides.items()}
    texts = [c.name for c in job.contract.columns if c.type == "text"]
    encoding = Encoding.fit(derived["train"], texts=texts)
    matrices = {
        side: graph.matrix(encoding, encoding.pack(columns)) for side, columns in derived.items()
    }
    for side, matrix in matrices.items():
        model.refuse_infinite(matrix, encoding, side)
    trained = model.fit(
        matrices["train"], sides["train"].target, encoding, job.spec["algorithm"], job.seed
    )

    (out / "model.onnx").write_bytes(graph.build(encoding, trained.graph()).SerializeToString())
    trained.save(out)
    _json(out / "contract.json", job.contract.to_dict())
    _json(out / "encoding.json", encoding.to_dict())
    shutil.copyfile(job.features, out / "features.py")

    scorer = Scorer(out)  # what is measured below is what is served
    scores = {side: scorer.score(table.columns) for side, table in sides.items()}
    for side, matrix in matrices.items():
        _same(scores[side], trained.scores(matrix), side)
    measured = {
        side: metrics.evaluate(table.target, scores[side], job.contract.threshold)
        for side, table in sides.items()
    }
    in_time = job.spec["event_time"] is not None  # then prepare has sorted the rows by it
    trained_on = baseline.build(
        sides["train"].columns, scores["train"], job.contract, in_time=in_time
    )
    shown = matrices["validation"][:EXPLAINED]
    trained_on = baseline.explained(
        trained_on,
        by_feature(encoding, trained.contributions(shown)),
        {name: values[:EXPLAINED] for name, values in sides["validation"].columns.items()},
        derive,
    )
    _json(out / "baseline.json", trained_on)
    golden.write(golden.build(scorer, trained_on, seed=job.seed), out / "golden.jsonl")
    _json(out / "metrics.json", measured)
    made = lineage(job, {side: len(table.target) for side, table in sides.items()})
    made["unread_texts"] = importance.unread(
        texts, [*encoding.numeric, *encoding.categorical], derive, sides["validation"].columns
    )
    for name in made["unread_texts"]:
        print(f"the model does not see {name}: features.py makes no feature of this text")
    _json(out / "lineage.json", made)
    (out / "card.md").write_text(card.render(job.spec, measured, made), encoding="utf-8")
    return measured


def _same(served: Any, native: Any, side: str) -> None:
    error = float(np.abs(served - native).max())
    if not error <= PARITY:
        raise TrainingError(
            f"the ONNX graph and the native model differ by {error:.2g}",
            where=f"the scores of {side}",
            expected=f"at most {PARITY:g}",
        )


def _json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, sort_keys=True, indent=1) + "\n", encoding="utf-8")


def main() -> int:
    """0, or 1 with one sentence in SageMaker's failure file and on stderr."""
    try:
        measured = run(Job.from_environment())
    except Exception as error:  # whatever it is, the job's failure reason must say it
        known = isinstance(error, PenstockError)
        if not known:
            traceback.print_exc()
        sentence = str(error) if known else f"{type(error).__name__}: {error}"
        folder = os.environ.get("SM_OUTPUT_DIR")
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            (Path(folder) / "failure").write_text(sentence + "\n", encoding="utf-8")
        print(f"training failed: {sentence}", file=sys.stderr)
        return 1
    for side, values in measured.items():
        for name, value in values.items():
            print(f"{side}:{name}={value:.6f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
