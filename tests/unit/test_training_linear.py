"""A linear use case from training to explanation: one graph, the same bytes, exact shares."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_explain import MODEL, instances, load
from trained import LINEAR, PYTHON, ROOT, packages, trained

from functions.shared.explaining.errors import NotAdditive
from functions.shared.explaining.native import Native
from functions.shared.explaining.service import explain
from functions.shared.explaining.words import Words
from penstock import artifact, features
from penstock.explanation import TOLERANCE, probability
from penstock.scorer import Scorer

USECASE = "churn"  # its numbers and categories may be missing


@pytest.fixture(scope="module")
def model() -> Path:
    return trained(USECASE, algorithm=LINEAR)[1]


@pytest.fixture(scope="module")
def fits(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    out = tmp_path_factory.mktemp("fits") / "out.json"
    paths = os.pathsep.join([str(ROOT), str(packages())])
    subprocess.run(
        [PYTHON, Path(__file__).parent / "linear_fits.py", out],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"},
        check=True,
    )
    found: dict[str, Any] = json.loads(out.read_text())
    return found


CASES = ("numbers", "texts", "both", "holes", "far", "no penalty", "balanced", "strong")


@pytest.mark.parametrize("case", CASES)
def test_graph_and_numpy_answer_as_scikit_learn_does(fits: dict[str, Any], case: str) -> None:
    """Also where a column is all missing, constant or far from 0, and to what was never seen."""
    found = fits[case]
    assert found["graph"] < 1e-6
    assert found["numpy"] < 1e-12
    assert found["sums"] < 1e-9
    assert found["same"] is True
    assert found["shape"] == [400]


def test_the_intercept_is_the_mean_rows(fits: dict[str, Any]) -> None:
    """Over the training rows contributions are nothing on average, so that none is hidden."""
    assert max(fits[case]["begins"] for case in CASES) < 1e-6  # the mean of float32 columns


def test_the_settings_are_scikit_learns(fits: dict[str, Any]) -> None:
    assert fits["balanced"]["mean"] > fits["both"]["mean"] + 0.05, "the rarer class weighs more"
    assert fits["strong"]["spread"] < 0.01 < fits["both"]["spread"]
    assert fits["no penalty"]["spread"] > fits["holes"]["spread"]


def test_a_fit_that_does_not_settle_is_told_where_it_can_be_mended(fits: dict[str, Any]) -> None:
    words = fits["unsettled"]["error"]
    assert "no end after 1 iterations" in words
    assert "algorithm.max_iter" in words


def test_two_runs_write_the_same_bytes(model: Path, tmp_path: Path) -> None:
    made, _ = trained(USECASE, algorithm=LINEAR)
    ran = made.run(tmp_path, PYTHONHASHSEED="5", OMP_NUM_THREADS="1")
    assert ran.returncode == 0, ran.stderr
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {path.name for path in model.iterdir()} == {*artifact.FILES, "linear.json"}
    for name in names:
        assert (tmp_path / name).read_bytes() == (model / name).read_bytes(), name


def test_it_is_worth_something_and_its_card_says_what_it_is(model: Path) -> None:
    assert json.loads((model / "metrics.json").read_text())["validation"]["roc_auc"] > 0.8
    said = json.loads((model / "lineage.json").read_text())["algorithm"]
    assert said == {
        "name": "logistic_regression", "C": 0.5, "penalty": "l2", "max_iter": 1000,
        "class_weight": None, "seed": 7,
    }  # fmt: skip
    card = (model / "card.md").read_text()
    assert "- Model: logistic_regression, C 0.5, max_iter 1000, penalty l2, seed 7\n" in card


def test_the_baseline_knows_what_it_goes_by(model: Path) -> None:
    """Importance, and the contributions that attribution drift is measured against."""
    found = json.loads((model / "baseline.json").read_text())
    assert sum(found["importance"].values()) == pytest.approx(1)
    assert max(found["importance"].values()) > 0.05
    named = {*json.loads((model / "encoding.json").read_text())["numeric"], "contract"}
    assert named <= set(found["attribution"]["tables"])


def test_every_row_is_explained_exactly_and_by_numpy_alone(model: Path) -> None:
    """The scores are the graph's; rows with missing values are among them."""
    rows = instances(load(USECASE), 400)
    scorer = Scorer(model)
    scores = scorer.score(scorer.contract.parse(rows)).tolist()
    native = Native.load(model)
    words = Words({}, {})
    told = explain({"model": MODEL, "instances": rows, "scores": scores}, lambda *_: native, words)[
        "explanations"
    ]
    for found, score in zip(told, scores, strict=True):
        total = found["base_value"] + sum(found["contributions"].values())
        assert probability(total) == pytest.approx(score, abs=TOLERANCE)
    assert np.std(scores) > 0.1
    assert len(told[0]["reasons"]) == 3
    np.testing.assert_allclose(native.scores(scorer.contract.parse(rows)), scores, atol=1e-7)
    wrong = {"model": MODEL, "instances": rows[:1], "scores": [scores[0] + 2 * TOLERANCE]}
    with pytest.raises(NotAdditive):
        explain(wrong, lambda *_: native, words)
    assert "xgboost" not in sys.modules


def test_a_feature_gets_what_its_coefficients_say(model: Path) -> None:
    """Written out from the file: a number's distance from its mean, a category's whole one-hot."""
    native, raw = Native.load(model), json.loads((model / "linear.json").read_text())
    (row,) = instances(load(USECASE), 1)
    columns = native.contract.parse([row])
    shares, names = native.shares(columns), native.encoding.matrix_names
    derived = features.load(model / "features.py")(columns)
    parts = zip(names, raw["coefficients"], raw["means"], strict=True)
    whole = sum(
        weight * ((name == f"contract={row['contract']}") - mean)
        for name, weight, mean in parts
        if name.startswith("contract=")
    )
    assert shares.contributions["contract"][0] == pytest.approx(whole, abs=1e-12)
    at = names.index("tenure")
    alone = raw["coefficients"][at] * (derived["tenure"][0] - raw["means"][at])
    assert shares.contributions["tenure"][0] == pytest.approx(alone, abs=1e-12)
    assert shares.base[0] == raw["intercept"]
