"""Contributions add up to the score that was answered, and what does not add up is refused."""

import importlib
import json
import math
import os
import random
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import explain_layer
import numpy as np
import pytest
from trained import PYTHON, packages, trained

from cli.instances import instance
from functions.shared.explaining.errors import NotAdditive, TooMany
from functions.shared.explaining.service import explain
from functions.shared.explaining.shares import Shares
from functions.shared.explaining.words import Words
from penstock import features, spec_file
from penstock.contract import Column, Contract, TargetRule
from penstock.errors import ContractError, PenstockError
from penstock.explanation import MOST_ROWS_OF_A_CALL, TOLERANCE, probability
from penstock.scorer import Scorer
from penstock.spec import UseCase

ROOT = Path(__file__).resolve().parents[2]
USECASES = ("triage", "churn")
MODEL = {"artifact_uri": "s3://b/k", "artifact_version_id": "v1", "artifact_sha256": "00"}


def load(name: str) -> UseCase:
    return spec_file.load(ROOT / "usecases" / name / "usecase.yaml")


def instances(usecase: UseCase, count: int) -> list[dict[str, Any]]:
    """Rows of the use case's data, with a fifth of what may be missing hidden."""
    chance, rules = random.Random(5), usecase.contract()
    found = importlib.import_module(f"usecases.{usecase.name}.data").source(None).rows[:count]
    rows = [instance(row, rules) for row in found]
    for row in rows:
        for column in rules.columns:
            if column.nullable and chance.random() < 0.2:
                row[column.name] = None
    return rows


@pytest.fixture(scope="module", params=USECASES)
def told(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """400 rows explained with the scores that predict gives, and once with a score of another."""
    usecase, folder = load(request.param), tmp_path_factory.mktemp(request.param)
    model = trained(usecase.name)[1]
    scorer, rows = Scorer(model), instances(usecase, 400)
    scores = scorer.score(scorer.contract.parse(rows)).tolist()
    wrong = [scores[0] + 2 * TOLERANCE, *scores[1:3]]
    events = [
        {"model": MODEL, "instances": rows, "scores": scores},
        {"model": MODEL, "instances": rows[:3], "scores": wrong},
        {"model": MODEL, "instances": rows[:1]},
    ]
    (folder / "requests.json").write_text(json.dumps(events))
    explain_layer.run("native_shares.py", model, folder / "requests.json", folder / "out.json")
    answers = json.loads((folder / "out.json").read_text())
    return {"usecase": usecase, "model": model, "scores": scores, "rows": rows, "told": answers}


def test_base_and_contributions_are_the_margin_and_the_score_of_every_row(
    told: dict[str, Any],
) -> None:
    whole = told["told"][0]
    sums = [e["base_value"] + math.fsum(e["contributions"].values()) for e in whole["explanations"]]
    assert len(sums) == len(told["scores"]) >= 300
    assert np.abs(np.array(sums) - np.array(whole["margins"])).max() < 1e-5
    served = [abs(probability(s) - score) for s, score in zip(sums, told["scores"], strict=True)]
    assert max(served) < 1e-5
    assert np.std(told["scores"]) > 0.1
    np.testing.assert_allclose(whole["native"], told["scores"], rtol=0, atol=1e-6)
    assert whole["space"] == "log-odds"


def test_every_feature_and_no_column_of_a_one_hot_has_a_contribution(told: dict[str, Any]) -> None:
    """The largest comes first, and the reasons are those; the use case has words for each."""
    usecase: UseCase = told["usecase"]
    named = {c.name for c in usecase.columns} | set(usecase.derived)
    for explanation in told["told"][0]["explanations"]:
        found = explanation["contributions"]
        assert set(found) == named
        sizes = [abs(value) for value in found.values()]
        assert sizes == sorted(sizes, reverse=True)
        assert [r["column"] for r in explanation["reasons"]] == list(found)[:3]


def test_a_score_that_is_not_this_models_is_refused(told: dict[str, Any]) -> None:
    assert told["told"][1]["error"] == "NotAdditive"
    assert "row 0" in told["told"][1]["message"]


def test_without_a_score_it_says_the_models_own(told: dict[str, Any]) -> None:
    (explanation,) = told["told"][2]["explanations"]
    assert explanation["score"] == pytest.approx(told["scores"][0], abs=TOLERANCE)


@pytest.mark.parametrize("name", USECASES)
def test_the_numpy_matrix_is_the_graphs_to_the_bit(name: str, tmp_path: Path) -> None:
    """Missing numbers, and missing and unknown categories, among the rows."""
    usecase, model = load(name), trained(name)[1]
    derived = features.load(model / "features.py")(
        usecase.contract().parse(instances(usecase, 300))
    )
    rng = np.random.default_rng(3)
    for values in derived.values():
        hidden = rng.random(len(values)) < 0.2
        values[hidden] = rng.choice(["", "never seen"]) if values.dtype == object else np.nan
    plain = {n: v.astype(np.str_) if v.dtype == object else v for n, v in derived.items()}
    with (tmp_path / "columns.npz").open("wb") as file:
        np.savez(file, **plain)
    script = Path(__file__).parent / "matrices.py"
    paths = os.pathsep.join([str(ROOT), str(packages())])
    subprocess.run(
        [PYTHON, script, model, tmp_path / "columns.npz", tmp_path / "out.npz"],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"},
        check=True,
    )
    found = np.load(tmp_path / "out.npz")
    assert found["graph"].shape[0] == 300
    assert np.isnan(found["graph"]).any()
    np.testing.assert_array_equal(found["numpy"], found["graph"])
    assert found["numpy"].dtype == found["graph"].dtype


CONTRACT = Contract(
    "loans",
    "loan",
    (Column("amount", "float", 0, 100), Column("active", "boolean")),
    TargetRule("outcome", "paid", "lost"),
    0.5,
)
GOOD = {"amount": 3.0, "active": True}


def ask(count: int = 1, **more: Any) -> dict[str, Any]:
    """A model whose base is 0, and to which `amount` adds 0.5 and `active` nothing."""

    def shares(columns: Any) -> Shares:
        ones = np.ones(len(columns["amount"]))
        return Shares(0 * ones, {"active": 0 * ones, "amount": 0.5 * ones}, columns)

    model = SimpleNamespace(contract=CONTRACT, shares=shares)
    event = {"model": MODEL, "instances": [GOOD] * count} | more
    return explain(event, lambda *_: model, Words({}, {}))


def test_a_contribution_of_nothing_is_no_reason() -> None:
    (explanation,) = ask()["explanations"]
    assert explanation["contributions"] == {"amount": 0.5, "active": 0.0}
    assert [r["column"] for r in explanation["reasons"]] == ["amount"]
    json.dumps(explanation, allow_nan=False)


def test_a_score_that_is_no_number_is_refused_too() -> None:
    ask(scores=[probability(0.5)])
    with pytest.raises(NotAdditive):
        ask(scores=[math.nan])


def test_instances_are_held_to_the_models_contract_and_to_their_scores() -> None:
    with pytest.raises(ContractError, match="amount"):
        ask(instances=[GOOD | {"amount": -1}])
    with pytest.raises(PenstockError, match="one an instance: 1"):
        ask(scores=[0.5, 0.5])


def test_a_call_has_a_limit_and_its_answer_fits_into_lambdas() -> None:
    """What the monitor asks for at once, of a use case with 100 columns, stays below 6 MB."""
    answer = ask(MOST_ROWS_OF_A_CALL)
    assert len(answer["explanations"]) == MOST_ROWS_OF_A_CALL
    wide = {
        f"a_column_whose_name_is_as_long_as_may_be{i}": -0.12345678901234567 for i in range(100)
    }
    whole = [{**answer["explanations"][0], "contributions": wide}] * MOST_ROWS_OF_A_CALL
    assert len(json.dumps(whole)) < 6_000_000
    with pytest.raises(TooMany, match="at most 500"):
        ask(MOST_ROWS_OF_A_CALL + 1)


@pytest.mark.parametrize(
    ("feature", "seen", "words"),
    [
        ("tenure", 3.0, "tenure (how long a customer already) is 3 months: raises"),
        ("senior_citizen", 1.0, "senior_citizen (65 or older) is true: raises"),
        ("total_charges", math.nan, "total_charges (all bills so far, empty until the first) is"),
        ("contract", "Two year", "contract (how long it binds) is 'Two year': raises the score by"),
        ("services", 2.0, "services (how many of the six additional services are taken) is 2:"),
        ("charges_average", 70.25, "is 70.25: raises the score by 0.91 log-odds"),
    ],
)
def test_a_reason_is_a_sentence_of_the_use_cases_words(feature: str, seen: Any, words: str) -> None:
    said = Words.of(json.loads(load("churn").to_json()))
    value = said.value(feature, seen)
    assert words in said.reason(feature, value, 0.9123)
    assert "lowers the score by 0.91 log-odds" in said.reason(feature, value, -0.9123)
    json.dumps(value, allow_nan=False)


def test_a_missing_value_is_null_and_says_so() -> None:
    said = Words({}, {})
    assert said.value("plan", "") is None
    assert said.value("age", math.nan) is None
    assert said.reason("age", None, -1.0) == "age is missing: lowers the score by 1 log-odds"


@pytest.mark.parametrize("log_odds", [-1000.0, -3.0, 0.0, 3.0, 1000.0])
def test_a_probability_comes_of_any_log_odds(log_odds: float) -> None:
    found = probability(log_odds)
    assert 0 <= found <= 1
    assert found + probability(-log_odds) == pytest.approx(1)


def test_only_a_booster_that_can_be_served_is_taken() -> None:
    """gblinear has no place in the graph; a linear model is an algorithm of its own."""
    raw = load("triage").model_dump()
    raw["algorithm"]["parameters"]["booster"] = "gblinear"
    with pytest.raises(ValueError, match="only gbtree can be served"):
        UseCase.model_validate(raw)


def test_the_native_model_is_read_by_the_version_that_wrote_it() -> None:
    def pin(file: str) -> str:
        lines = (ROOT / file).read_text().splitlines()
        return next(line.split()[0] for line in lines if line.startswith("xgboost-cpu=="))

    assert pin("layers/explain/requirements.txt") == pin("training/image.in")
