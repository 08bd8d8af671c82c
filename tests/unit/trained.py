"""A real training run, in the training interpreter, as the job's container would start it."""

import hashlib
import importlib
import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from functions.prepare import build
from penstock import spec_file
from penstock.contract import Contract

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".penstock" / "training" / "bin" / "python"
CACHE = ROOT / ".penstock" / "cache"
NUMBER = {"float", "int", "boolean"}
LINEAR = '{"name": "logistic_regression", "C": 0.5}'


@dataclass(frozen=True)
class Inputs:
    """What a training job is given: code with the use case, and two channels."""

    folder: Path

    @property
    def code(self) -> Path:
        return self.folder / "code"

    @property
    def holdout(self) -> Path:
        return self.folder / "holdout.npz"

    def channel(self, side: str) -> Path:
        return self.folder / "channels" / side / "part.parquet"

    def run(self, model_dir: Path, **variables: str) -> subprocess.CompletedProcess[str]:
        """Start train.py there, with nothing of this process's paths."""
        settings = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(packages()),
            "SM_CHANNEL_TRAIN": str(self.channel("train").parent),
            "SM_CHANNEL_VALIDATION": str(self.channel("validation").parent),
            "SM_MODEL_DIR": str(model_dir),
            "SM_OUTPUT_DIR": str(self.folder / "output"),
            "SM_HPS": json.dumps({"dataset_version": "0f1e2d3c4b5a6978", "training_job": "job-1"}),
        }
        return subprocess.run(
            [str(PYTHON), "-m", "train"],
            cwd=self.code,
            env=settings | variables,
            capture_output=True,
            text=True,
            check=False,
        )


def contract(usecase: str) -> Contract:
    return spec_file.load(ROOT / "usecases" / usecase / "usecase.yaml").contract()


def table(usecase: str, data_dir: Path | None = None) -> pl.DataFrame:
    """The use case's rows as ingest types them: numbers, texts, null where a cell is blank."""
    rules = contract(usecase)
    rows = importlib.import_module(f"usecases.{usecase}.data").source(data_dir).rows
    numbers = [c.name for c in rules.columns if c.type in NUMBER]
    blank = pl.all().str.strip_chars().replace("", None)
    return pl.DataFrame(rows).with_columns(blank).with_columns(pl.col(numbers).cast(pl.Float64))


def inputs(usecase: str, folder: Path, data_dir: Path | None = None, algorithm: str = "") -> Inputs:
    """The job's code and channels, laid out under `folder`; with another algorithm, if told."""
    home = ROOT / "usecases" / usecase
    if algorithm:
        home = changed(home, folder / "home", algorithm=json.loads(algorithm))
    split = spec_file.load(home / "usecase.yaml").split
    shares = {"validation": split.validation, "holdout": split.holdout}
    sides = build.split(table(usecase, data_dir), contract(usecase), **shares, where="the test")
    return laid_out(home, sides, folder)


def changed(home: Path, folder: Path, **parts: Any) -> Path:
    """A copy of a use case's folder with other parts in its file."""
    shutil.copytree(home, folder, ignore=shutil.ignore_patterns("__pycache__"))
    path = folder / "usecase.yaml"
    raw = yaml.load(path.read_text(encoding="utf-8"), spec_file.Loader) | parts
    path.write_text(yaml.safe_dump(raw, sort_keys=False), encoding="utf-8")
    return folder


def laid_out(home: Path, sides: dict[str, pl.DataFrame], folder: Path) -> Inputs:
    """The same of any use case's folder, and rows that are split already."""
    made = Inputs(folder)
    for package in ("penstock", "training"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, made.code / package, ignore=ignored)
    shutil.copy(ROOT / "training" / "train.py", made.code / "train.py")
    (made.code / "usecase").mkdir()
    said = spec_file.load(home / "usecase.yaml")
    rules = said.contract()
    (made.code / "usecase" / "usecase.json").write_text(said.to_json())
    (made.code / "usecase" / "contract.json").write_text(json.dumps(rules.to_dict()))
    shutil.copy(home / "features.py", made.code / "usecase")
    for side in ("train", "validation"):
        made.channel(side).parent.mkdir(parents=True)
        made.channel(side).write_bytes(build.to_parquet(sides[side], rules))
    made.holdout.write_bytes(build.to_npz(sides["holdout"], rules))
    return made


@lru_cache
def packages() -> Path:
    """The job's locked packages beside the image's, installed once for a lock."""
    lock = ROOT / "training" / "requirements.txt"
    done = CACHE / f"training-{hashlib.sha256(lock.read_bytes()).hexdigest()[:16]}"
    if not done.exists():
        install = ("pip", "install", "-q", "--no-deps", "--require-hashes", "--python", PYTHON)
        with _scratch() as scratch:
            target = ("--target", Path(scratch) / "packages")
            command = [ROOT / ".venv" / "bin" / "uv", *install, *target, "-r", lock]
            subprocess.run(command, check=True)
            _keep(Path(scratch) / "packages", done)
    return done


@lru_cache
def trained(usecase: str, data_dir: Path | None = None, algorithm: str = "") -> tuple[Inputs, Path]:
    """Inputs and the model folder of a finished training; made once for the same code."""
    digest = hashlib.sha256(f"{data_dir} {algorithm}".encode())
    for folder in ("penstock", "training", f"usecases/{usecase}", "functions/prepare"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".py", ".yaml", ".txt"):
                digest.update(path.read_bytes())
    done = CACHE / f"trained-{usecase}-{digest.hexdigest()[:16]}"
    if not done.exists():
        with _scratch() as scratch:
            folder = Path(scratch) / "trained"
            ran = inputs(usecase, folder, data_dir, algorithm).run(folder / "model")
            assert ran.returncode == 0, ran.stderr
            _keep(folder, done)
    return Inputs(done), done / "model"


def _scratch() -> tempfile.TemporaryDirectory[str]:
    CACHE.mkdir(parents=True, exist_ok=True)
    return tempfile.TemporaryDirectory(dir=CACHE, ignore_cleanup_errors=True)


def _keep(made: Path, done: Path) -> None:
    """Another worker may have been faster; then its result is as good."""
    try:
        made.rename(done)
    except OSError:
        assert done.exists()
