"""What is asked: models trained by the training job itself, and rows that none of them has seen."""

import hashlib
import importlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from benchmarks import environments
from functions.prepare import build
from infra.packaging import functions
from penstock import spec_file
from penstock.spec import UseCase

ROOT = environments.ROOT
TRAINING = (ROOT / "training" / "image.txt", ROOT / "training" / "requirements.txt")
ROWS, TRAINED_ON = 10_000, 20_000


def anchor() -> Path:
    """A model of PERFORMANCE.md's shape, on made-up rows."""
    folder = Path(__file__).parent / "anchor"
    return trained(folder, lambda usecase: made_up(usecase, TRAINED_ON))


def of(name: str) -> Path:
    """The model of a use case, on the rows of its data.py."""
    folder = ROOT / "usecases" / name
    data = importlib.import_module(f"usecases.{name}.data")
    return trained(folder, lambda usecase: _typed(usecase, data.source(None).rows))


def trained(folder: Path, rows: Callable[[UseCase], pl.DataFrame]) -> Path:
    """A folder with model/ (the artifact) and rows.json; made once for the same code."""
    code = [*folder.iterdir(), *(ROOT / "penstock").glob("*.py"), *(ROOT / "training").rglob("*")]
    files = sorted(path for path in [*code, Path(__file__)] if path.suffix in (".py", ".yaml"))
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in files))
    done = environments.MADE / f"model-{folder.name}-{digest.hexdigest()[:12]}"
    if not done.exists():
        environments.MADE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=environments.MADE) as scratch:
            usecase = spec_file.load(folder / "usecase.yaml")
            _train(usecase, folder, rows(usecase), Path(scratch))
            shutil.copytree(scratch, done)
    return done


def made_up(usecase: UseCase, count: int) -> pl.DataFrame:
    """Rows whose outcome hangs on every column, with noise, so that the trees grow deep."""
    rng = np.random.default_rng(7)
    made: dict[str, Any] = {usecase.row_id: [str(i) for i in range(count)]}
    signal = rng.normal(size=count)
    for number, column in enumerate(usecase.contract().columns):
        if column.values is not None:
            codes = rng.integers(len(column.values), size=count)
            made[column.name] = np.array(column.values)[codes]
            signal += np.sin(codes + number)
        else:
            made[column.name] = rng.normal(scale=50, size=count).round(3)
            signal += np.sin(made[column.name] / (10 + number))
    words = (usecase.target.negative, usecase.target.positive)
    made[usecase.target.column] = [words[int(value > 0)] for value in signal]
    return pl.DataFrame(made)


def _typed(usecase: UseCase, rows: list[dict[str, str]]) -> pl.DataFrame:
    """As ingest types them: numbers, texts, null where a cell is blank."""
    blank = pl.all().str.strip_chars().replace("", None)
    numbers = [c.name for c in usecase.contract().columns if not c.is_text]
    return pl.DataFrame(rows).with_columns(blank).with_columns(pl.col(numbers).cast(pl.Float64))


def _train(usecase: UseCase, folder: Path, rows: pl.DataFrame, into: Path) -> None:
    """The training job's own entry, in the training container's Python."""
    contract = usecase.contract()
    shares = {"validation": usecase.split.validation, "holdout": usecase.split.holdout}
    sides = build.split(rows, contract, **shares, where="the benchmark")
    settings = {"SM_MODEL_DIR": into / "model", "SM_OUTPUT_DIR": into / "output"}
    for side in ("train", "validation"):
        channel = into / side
        channel.mkdir()
        (channel / "part.parquet").write_bytes(build.to_parquet(sides[side], contract))
        settings[f"SM_CHANNEL_{side.upper()}"] = channel
    asked = json.dumps(_as_asked(sides["holdout"], usecase))
    (into / "rows.json").write_text(asked, encoding="utf-8")
    hyperparameters = {"dataset_version": "0" * 16, "training_job": "benchmark"}
    code = into / "code"
    for package in ("penstock", "training"):
        shutil.copytree(ROOT / package, code / package)
    for name, text in functions.usecase_files(usecase, folder).items():
        (code / name).parent.mkdir(exist_ok=True)
        (code / name).write_bytes(text if isinstance(text, bytes) else text.read_bytes())
    done = subprocess.run(
        [environments.python("training", *TRAINING), "-m", "training.train"],
        cwd=code,
        env=os.environ
        | {name: str(path) for name, path in settings.items()}
        | {"SM_HPS": json.dumps(hyperparameters)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{usecase.name}: training failed: {done.stderr[-2000:]}")


def _as_asked(held_out: pl.DataFrame, usecase: UseCase) -> list[dict[str, Any]]:
    """Requests' rows, as JSON types them; drawn again until there are enough."""
    kinds: dict[str, Callable[[Any], Any]] = {"int": int, "boolean": bool, "float": float}
    cast = {c.name: kinds.get(c.type, str) for c in usecase.contract().columns}
    rows = held_out.sample(ROWS, with_replacement=True, seed=7).to_dicts()
    return [
        {name: None if row[name] is None else to(row[name]) for name, to in cast.items()}
        for row in rows
    ]
