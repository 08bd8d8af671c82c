"""The training script as its container runs it: the artifact, twice the same, and its failures."""

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from trained import PYTHON, Inputs, contract, inputs, packages, trained

from penstock import artifact, features
from penstock.contract import Columns
from penstock.scorer import Scorer

HERE = Path(__file__).parent
USECASES = ("triage", "churn")


@pytest.mark.parametrize("usecase", USECASES)
def test_two_runs_write_the_same_bytes(usecase: str, tmp_path: Path) -> None:
    """Another process, folder and hash seed: the same in every file, not just in the model."""
    made, first = trained(usecase)
    ran = made.run(tmp_path, PYTHONHASHSEED="5", SM_OUTPUT_DIR=str(tmp_path))
    assert ran.returncode == 0, ran.stderr
    assert _names(tmp_path) == _names(first) == {*artifact.FILES, "model.ubj"}
    for name in _names(first):
        assert (tmp_path / name).read_bytes() == (first / name).read_bytes(), name


@pytest.mark.parametrize("usecase", USECASES)
def test_the_graph_answers_as_xgboost_does(usecase: str, tmp_path: Path) -> None:
    """Missing numbers and missing or unknown categories among the rows."""
    made, model = trained(usecase)
    scorer = Scorer(model)
    columns = _holdout(made, usecase)
    rng = np.random.default_rng(3)
    derived = features.load(model / "features.py")(columns)
    for values in derived.values():
        hidden = rng.random(len(values)) < 0.2
        values[hidden] = rng.choice(["", "never seen"]) if values.dtype == object else np.nan
    with (tmp_path / "columns.npz").open("wb") as file:
        np.savez(
            file, **{n: v.astype(np.str_) if v.dtype == object else v for n, v in derived.items()}
        )
    script = [
        PYTHON,
        HERE / "native_scores.py",
        model,
        tmp_path / "columns.npz",
        tmp_path / "out.npy",
    ]
    subprocess.run(script, check=True, env={"PATH": os.environ["PATH"]})
    scorer._features = lambda columns: columns
    gap = np.abs(scorer.score(derived) - np.load(tmp_path / "out.npy"))
    assert len(gap) > 100
    assert gap.max() < 1e-6


def test_metrics_are_printed_for_the_jobs_metric_definitions(tmp_path: Path) -> None:
    made, _ = trained("triage")
    ran = made.run(tmp_path)
    said = json.loads((tmp_path / "metrics.json").read_text())["validation"]["roc_auc"]
    assert f"validation:roc_auc={said:.6f}" in ran.stdout.splitlines()
    assert said > 0.95


def test_the_lineage_keeps_what_the_job_was_told(tmp_path: Path) -> None:
    """A version that reads as a number (12e4...) stays text; the SDK's quotes are taken off."""
    made, _ = trained("triage")
    given = {"dataset_version": "12e4567890123456", "git_commit": '"0123456"', "seed": "11"}
    (tmp_path / "hyperparameters.json").write_text(json.dumps(given))
    ran = made.run(tmp_path / "model", SM_INPUT_CONFIG_DIR=str(tmp_path))
    assert ran.returncode == 0, ran.stderr
    lineage = json.loads((tmp_path / "model" / "lineage.json").read_text())
    assert lineage["dataset_version"] == "12e4567890123456"
    assert lineage["git_commit"] == "0123456"
    assert lineage["training_job"] == "unknown"
    assert lineage["algorithm"]["seed"] == 11
    assert lineage["libraries"]["xgboost"] == "3.2.0"
    assert lineage["libraries"]["scikit-learn"] == "1.8.0"
    assert set(lineage["rows"]) == {"train", "validation"}


BROKEN = {
    "one class": (
        lambda rows: rows.with_columns(diagnosis=pl.lit("benign")),
        "one class only: 'benign'",
        "target diagnosis",
    ),
    "a stranger": (
        lambda rows: rows.with_columns(diagnosis=pl.lit("unsure")),
        "'unsure'",
        "'malignant' and 'benign'",
    ),
    "no column": (
        lambda rows: rows.drop("area_mean"),
        "missing columns area_mean",
        "part.parquet",
    ),
    "infinite": (
        lambda rows: rows.with_columns(area_mean=pl.lit(float("inf"))),
        "an infinite value in row 0",
        "column area_mean",
    ),
    "text": (
        lambda rows: rows.with_columns(area_mean=pl.lit("large")),
        "column area_mean",
        "a finite number from 0",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_cannot_be_trained_on_is_said_in_one_sentence(name: str, tmp_path: Path) -> None:
    spoil, *words = BROKEN[name]
    made = inputs("triage", tmp_path)
    spoil(pl.read_parquet(made.channel("train"))).write_parquet(made.channel("train"))
    sentence = _failure(made, tmp_path)
    for word in words:
        assert word in sentence


def test_a_feature_that_divides_by_zero_is_named(tmp_path: Path) -> None:
    made = inputs("triage", tmp_path)
    (made.code / "usecase" / "features.py").write_text(
        "import numpy as np\n"
        "def features(columns):\n"
        "    return columns | {'odd': np.full(len(columns['area_mean']), np.inf)}\n"
    )
    assert "feature odd is infinite in row 0" in _failure(made, tmp_path)


def test_a_parameter_that_xgboost_does_not_take_is_told_where_it_stands(tmp_path: Path) -> None:
    made = inputs("triage", tmp_path)
    path = made.code / "usecase" / "usecase.json"
    said = json.loads(path.read_text())
    said["algorithm"]["parameters"]["max_depth"] = "deep"
    path.write_text(json.dumps(said))
    sentence = _failure(made, tmp_path)
    assert "max_depth" in sentence
    assert "algorithm.parameters" in sentence


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def _failure(made: Inputs, folder: Path) -> str:
    ran = made.run(folder / "model")
    assert ran.returncode == 1
    assert "Traceback" not in ran.stderr
    sentence = (folder / "output" / "failure").read_text()
    assert ran.stderr == f"training failed: {sentence}"
    assert sentence.count("\n") == 1
    return sentence


def _holdout(made: Inputs, usecase: str) -> Columns:
    arrays = np.load(made.holdout)
    kinds = {c.name: object if c.is_text else np.float64 for c in contract(usecase).columns}
    return {name: arrays[name].astype(kind) for name, kind in kinds.items()}


def test_the_jobs_packages_leave_the_images_numpy_alone() -> None:
    installed = {path.name for path in packages().iterdir()}
    assert not installed & {"numpy", "scipy", "sklearn", "pandas", "xgboost", "polars"}
