"""Golden requests are made up, follow the contract, and notice a model that answers otherwise."""

import json
from pathlib import Path

import numpy as np
import pytest
from trained import table, trained

from penstock import golden
from penstock.scorer import Scorer


@pytest.fixture(scope="module", params=["triage", "churn"])
def model(request: pytest.FixtureRequest) -> Path:
    return trained(request.param)[1]


def test_a_copy_of_the_model_gives_every_golden_answer(model: Path) -> None:
    entries = golden.read(model / "golden.jsonl")
    assert len(entries) == golden.REQUESTS
    assert max(len(e["request"]["instances"]) for e in entries) == golden.BATCH
    assert golden.failures(entries, Scorer(model)) == []


def test_the_answers_are_not_all_alike(model: Path) -> None:
    entries = golden.read(model / "golden.jsonl")
    scores = [p["score"] for e in entries for p in e["expected"]["predictions"]]
    assert np.std(scores) > 0.1
    assert {p["label"] for e in entries for p in e["expected"]["predictions"]} == set(
        _labels(Scorer(model))
    )


def test_they_are_the_same_for_the_same_seed_only(model: Path) -> None:
    scorer, baseline = Scorer(model), json.loads((model / "baseline.json").read_text())
    assert golden.build(scorer, baseline, seed=3) == golden.build(scorer, baseline, seed=3)
    assert golden.build(scorer, baseline, seed=3) != golden.build(scorer, baseline, seed=4)


def test_another_answer_or_none_is_a_failure(model: Path) -> None:
    entries = golden.read(model / "golden.jsonl")
    entries[1]["expected"]["predictions"][0]["score"] += 1e-3
    entries[2]["expected"]["predictions"][0]["score"] = float("nan")
    entries[3]["expected"]["predictions"] = []
    lines = golden.failures(entries, Scorer(model))
    assert [line.split(":")[0] for line in lines] == [f"golden request {n}" for n in (2, 3, 4)]


def test_a_missing_value_is_asked_about_where_one_may_be_missing() -> None:
    entries = golden.read(trained("churn")[1] / "golden.jsonl")
    asked = [i["total_charges"] for e in entries for i in e["request"]["instances"]]
    assert None in asked
    assert any(asked)


def test_no_golden_row_is_a_row_of_the_data(model: Path) -> None:
    scorer = Scorer(model)
    rows = table(scorer.contract.usecase)
    names = [c.name for c in scorer.contract.columns if c.type == "float"]
    real = set(rows.select(names).iter_rows())
    for entry in golden.read(model / "golden.jsonl"):
        for instance in entry["request"]["instances"]:
            assert tuple(instance[n] for n in names) not in real


def _labels(scorer: Scorer) -> tuple[str, str]:
    return scorer.contract.target.positive, scorer.contract.target.negative
