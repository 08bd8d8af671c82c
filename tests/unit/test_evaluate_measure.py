"""The measurements of a candidate, and what follows from them."""

import io
from typing import Any

import numpy as np
import pytest

from functions.evaluate import measure
from functions.evaluate.errors import HoldoutRefused
from functions.evaluate.measure import Holdout
from functions.evaluate.verdict import Champion, judge
from functions.shared.usecase import Gate
from penstock.contract import Column, Columns, Contract, TargetRule
from penstock.errors import PenstockError

CONTRACT = Contract(
    usecase="demo",
    row_id="id",
    columns=(Column("weight", "float"), Column("plan", "category", values=("a", "b"))),
    target=TargetRule("outcome", "yes", "no"),
    threshold=0.5,
)


class Model:
    """Scores by `weight`; `skew` is added when a row is asked for alone."""

    contract = CONTRACT

    def __init__(self, skew: float = 0.0) -> None:
        self.skew = skew

    def score(self, columns: Columns) -> Any:
        alone = len(columns["weight"]) == 1
        return 1 / (1 + np.exp(-columns["weight"])) + (self.skew if alone else 0.0)


def npz(**arrays: Any) -> bytes:
    target = io.BytesIO()
    np.savez(target, **arrays)
    return target.getvalue()


def holdout(n: int = 500) -> Holdout:
    weight = np.linspace(-3, 3, n)
    plan, y = np.array(["a", ""] * (n // 2)), (weight > 0.5).astype(np.int8)
    data = npz(weight=weight, plan=plan, __target__=y, __id__=plan)
    return Holdout.read(data, CONTRACT, where="here")


def test_the_holdout_comes_in_the_form_that_contract_parse_gives() -> None:
    found, parsed = holdout(), CONTRACT.parse([{"weight": 1.0, "plan": "a"}])
    assert {n: v.dtype for n, v in found.columns.items()} == {n: v.dtype for n, v in parsed.items()}
    assert type(found.columns["plan"][0]) is str


def test_a_holdout_without_a_column_is_refused() -> None:
    data = npz(weight=np.zeros(2), __target__=np.array([0, 1]))
    with pytest.raises(HoldoutRefused, match=r"no columns \['plan'\] \(at s3://b/k"):
        Holdout.read(data, CONTRACT, where="s3://b/k")


def test_what_is_judged_later_keeps_what_the_holdouts_size_leaves_open() -> None:
    few, many = (measure.intervals(Model(), holdout(n)) for n in (100, 2000))
    for name in ("roc_auc", "brier", "log_loss"):
        assert few[name]["low"] <= few[name]["value"] <= few[name]["high"]
        assert many[name]["high"] - many[name]["low"] <= few[name]["high"] - few[name]["low"]
        assert all(rows >= 2 for _, rows in many[name]["sides"])


def test_quality_is_measured_at_the_contracts_threshold() -> None:
    found = measure.quality(Model(), holdout())
    assert found["roc_auc"] == 1.0
    assert found["recall"] == 1.0
    assert found["precision"] < 1.0


def test_parity_gives_the_largest_gap_and_how_many_rows_have_one() -> None:
    assert measure.parity(Model(), holdout()) == {
        "parity_max_abs": 0.0,
        "parity_over_tolerance": 0.0,
    }
    skewed = measure.parity(Model(skew=1e-3), holdout())
    assert skewed["parity_max_abs"] == pytest.approx(1e-3)
    assert skewed["parity_over_tolerance"] == measure.PARITY_ROWS


GATES = (Gate("roc_auc", min=0.9, champion_tolerance=0.01), Gate("brier", max=0.2))
GOOD = {"roc_auc": 0.95, "brier": 0.1}


@pytest.mark.parametrize(
    ("metrics", "champion", "approves_itself", "approval"),
    [
        (GOOD, None, True, "Approved"),
        (GOOD, None, False, "PendingManualApproval"),
        (GOOD | {"roc_auc": 0.89}, None, True, "Rejected"),
        (GOOD | {"brier": 0.3}, None, False, "Rejected"),
        (GOOD, Champion("3", "j", metrics={"roc_auc": 0.955}), True, "Approved"),
        (GOOD, Champion("3", "j", metrics={"roc_auc": 0.97}), True, "Rejected"),
        (GOOD, Champion("3", "j", why_not="other columns"), True, "PendingManualApproval"),
        (GOOD | {"brier": 0.3}, Champion("3", "j", why_not="x"), True, "Rejected"),
    ],
)
def test_the_approval_follows_from_gates_champion_and_environment(
    metrics: dict[str, float], champion: Champion | None, approves_itself: bool, approval: str
) -> None:
    verdict = judge(GATES, metrics, champion, None, approves_itself=approves_itself)
    assert verdict.approval == approval
    assert verdict.passed == (approval != "Rejected")


def test_a_champion_that_cannot_be_measured_matters_only_to_gates_that_compare() -> None:
    alone = (Gate("brier", max=0.2),)
    verdict = judge(alone, GOOD, Champion("3", "j", why_not="x"), None, approves_itself=True)
    assert verdict.approval == "Approved"


def test_a_gate_on_what_is_not_measured_is_an_error_not_a_pass() -> None:
    with pytest.raises(PenstockError, match="'f1', which is not measured"):
        judge((Gate("f1", min=0.5),), GOOD, None, None, approves_itself=True)
