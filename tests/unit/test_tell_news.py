"""What people are told of an end: which, why with its figures, what answers, what to do."""

import json
from typing import Any

import pytest

from functions.shared import telling
from functions.shared.telling import Message
from functions.tell.news import End, of_release, of_training

PACKAGE = "arn:aws:sagemaker:us-east-1:123456789012:model-package/penstock-dev-loans/{}"
LIVE = {"version": "3", "model_package_arn": PACKAGE.format(2), "model_sha256": "a" * 64}
NEWER = "put newer data under raw/loans/ of the lake"


def told(
    of: Any, status: str = "SUCCEEDED", live: dict[str, str] | None = LIVE, **detail: Any
) -> list[str]:
    """The lines of the message about an end, as Step Functions' event says it; [] where none."""
    for key in ("input", "output"):
        if key in detail:
            detail[key] = json.dumps(detail[key])
    found = of(End.of("loans", {"name": "run-1", "status": status, **detail}, live))
    return Message("loans (dev)", *found).text.splitlines() if found else []


def test_a_rejected_model_is_told_with_its_package_and_the_gate_that_was_closed() -> None:
    why = (
        f"Model package {PACKAGE.format(7)}: roc_auc: 0.91 is below 0.97. 4 of 5 gates passed on "
        "dataset abc: roc_auc 0.91 (>= 0.97). Trained for: drift: amount since 2026-11-20T10:00"
    )
    assert told(of_training, "FAILED", error="GatesFailed", cause=why) == [
        "loans (dev): a new model was rejected, nothing is released",
        why,
        "Version 3 (model package 2) answers meanwhile.",
        f"What to do: {NEWER}, or change features, algorithm or gates and deploy; "
        "`penstock retrain loans` tries again with what there is.",
    ]


def test_a_training_that_fails_is_told_by_its_error_and_not_by_a_stack_trace() -> None:
    cause = json.dumps({"errorMessage": "no dataset yet", "stackTrace": ["line 1"]})
    assert told(of_training, "FAILED", error="NoDataset", cause=cause) == [
        "loans (dev): a training failed",
        "NoDataset: no dataset yet",
        "Version 3 (model package 2) answers meanwhile.",
        "What to do: see execution run-1; `penstock retrain loans` tries again.",
    ]


@pytest.mark.parametrize("of", [of_training, of_release])
def test_a_machine_that_ran_out_of_time_is_told_of_though_it_says_nothing(of: Any) -> None:
    assert told(of, "TIMED_OUT", error=None, cause=None)[1].startswith("TIMED_OUT")


def test_a_model_that_waits_for_a_person_is_told_with_the_command() -> None:
    output = {
        "evaluate": {"approval": "PendingManualApproval", "description": "6 of 6 gates passed"},
        "register": {"ModelPackageArn": PACKAGE.format(7)},
    }
    what, why, _, to_do = told(of_training, output=output)
    assert what == "loans (dev): a new model waits for a person's approval"
    assert why == f"Model package {PACKAGE.format(7)}: 6 of 6 gates passed"
    approve = f"--model-package-arn {PACKAGE.format(7)} --model-approval-status Approved"
    assert approve in to_do


def test_a_release_that_was_rolled_back_is_told_with_the_judges_reason() -> None:
    why = "scores differ: KS 0.512, allowed 0.343"
    assert told(of_release, "FAILED", error="RolledBack", cause=why) == [
        "loans (dev): a release was rolled back",
        why,
        "Version 3 (model package 2) answers meanwhile.",
        "What to do: `penstock releases loans` shows what was tried and why; it comes again by a "
        "person's `penstock release` only.",
    ]


def test_a_first_release_that_fails_says_that_nobody_answers() -> None:
    why = "SmokeFailed: 1 of 20 golden answers is off"
    found = told(of_release, "FAILED", live=None, error="ReleaseFailed", cause=why)
    assert found[:3] == [
        "loans (dev): a release failed", f"ReleaseFailed: {why}", "No model answers yet.",
    ]  # fmt: skip


def nothing(package: int) -> dict[str, Any]:
    why = "version 3 already serves this code and model"
    made = LIVE | {"model_package_arn": PACKAGE.format(package)}
    return {
        "plan": {"model": made, "champion": LIVE, "why": why},
        "record": {"result": "nothing_to_release", "why": why},
    }


def test_a_training_that_made_the_champions_model_again_is_told_as_such() -> None:
    assert told(of_release, input={"reason": "model"}, output=nothing(9)) == [
        "loans (dev): a training made the champion's model again, nothing is released",
        "Model package 9 is model package 2 again: version 3 already serves this code and model.",
        f"What to do: {NEWER}; of the same data comes the same model.",
    ]


NO_MODEL = {
    "plan": {"model": None, "champion": None},
    "record": {"result": "nothing_to_release", "why": "no model yet"},
}


@pytest.mark.parametrize(
    ("of", "detail"),
    [
        (of_training, {"output": {"evaluate": {"approval": "Approved"}}}),
        (of_training, {"output": {"error": {"Error": "CoolingDown"}}}),
        (of_training, {"output": None}),
        (of_release, {"output": {"record": {"result": "promoted"}}}),
        (of_release, {"input": {"reason": "code"}, "output": NO_MODEL}),
        (of_release, {"input": {"reason": "model"}, "output": nothing(2)}),
        (of_release, {"input": {"reason": "model", "by": "ann"}, "output": nothing(9)}),
    ],
    ids=["approved", "cooling down", "output left out", "promoted", "code", "repeated", "by hand"],
)
def test_what_went_well_or_was_asked_for_by_hand_is_told_nobody(
    of: Any, detail: dict[str, Any]
) -> None:
    assert told(of, **detail) == []


def test_a_subject_is_what_sns_takes() -> None:
    assert telling.subject("café\nof " + "x" * 200) == ("caf? of " + "x" * 200)[:100]
