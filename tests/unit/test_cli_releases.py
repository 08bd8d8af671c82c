"""The history as a person reads it, and what a release is asked for."""

import json
from types import SimpleNamespace
from typing import Any, cast

import pytest

from cli import release, releases, releasing
from cli.errors import CommandError
from cli.executions import State
from cli.stack import Stack
from cli.target import Target

ROW: dict[str, Any] = {
    "sk": "2026-11-21T10:00:00.123+00:00#exec", "version": "5", "result": "rolled_back",
    "model_package_arn": "arn:aws:sagemaker:r:1:model-package/group/7", "reason": "model",
    "why": "p95 latency 400 ms", "percent_steps": [10, 0], "strategy": "canary",
}  # fmt: skip


def test_a_row_tells_when_who_what_how_far_and_why() -> None:
    assert releases.cells(ROW, "4") == (
        "2026-11-21 10:00:00", "an event", "5", "7", "canary 10 0 %", "rolled back",
        "a model was approved: p95 latency 400 ms",
    )  # fmt: skip


def test_what_is_live_is_marked_and_a_persons_words_are_told() -> None:
    row = ROW | {"result": "promoted", "by": "user/ann", "note": "it was not the model"}
    cells = releases.cells(row, "5")
    assert (cells[1], cells[2]) == ("user/ann", "5*")
    assert cells[6] == "it was not the model: p95 latency 400 ms"


def test_a_row_of_a_release_that_never_got_far_has_dashes() -> None:
    row = {"sk": "2026-11-21T10:00:00.1+00:00#e", "reason": "code", "result": "failed", "why": "x"}
    assert releases.cells(row, None)[2:5] == ("-", "-", "canary -")


class Clients:
    """Answers of the two services that a release is asked through."""

    def __init__(self, packages: list[str]) -> None:
        self.packages, self.inputs = packages, list[dict[str, Any]]()

    def client(self, service: str) -> Any:
        found = [{"ModelPackageArn": arn} for arn in self.packages]
        group = "arn:aws:sagemaker:r:1:model-package-group/group"
        return SimpleNamespace(
            list_model_packages=lambda **_: {"ModelPackageSummaryList": found[:1]},
            describe_model_package_group=lambda **_: {"ModelPackageGroupArn": group},
            get_caller_identity=lambda: {"Arn": "arn:aws:sts::1:assumed-role/admin/ann"},
            start_execution=self._start,
        )

    def _start(self, stateMachineArn: str, input: str) -> dict[str, str]:
        self.inputs.append(json.loads(input))
        return {"executionArn": "arn:e"}


STACK = cast("Stack", SimpleNamespace(model_package_group="group", release_state_machine_arn="m"))


def test_a_number_is_a_package_of_this_use_case() -> None:
    target = cast("Target", Clients([]))
    assert release.full_arn(target, STACK, "12") == "arn:aws:sagemaker:r:1:model-package/group/12"
    assert release.full_arn(target, STACK, "arn:x") == "arn:x"
    with pytest.raises(CommandError, match="ARN or number"):
        release.full_arn(target, STACK, "twelve")


def test_without_an_approved_package_there_is_no_newest() -> None:
    assert release.newest_package(cast("Target", Clients(["arn:2", "arn:1"])), STACK) == "arn:2"
    with pytest.raises(CommandError, match="no approved model package in group"):
        release.newest_package(cast("Target", Clients([])), STACK)


def test_a_request_bears_its_callers_name_and_nothing_that_was_not_said() -> None:
    clients = Clients([])
    releasing.ask(cast("Target", clients), STACK, reason="code", note=None)
    assert clients.inputs == [{"reason": "code", "by": "assumed-role/admin/ann"}]


def test_steps_are_told_in_words_and_others_in_silence() -> None:
    said = [
        releasing.words(State(name, cast("Any", None), output=output))
        for name, output in (
            ("Publish", {"publish": {"version": "5"}}),
            ("Settle", {"settle": {"result": "rolled_back", "why": "slow"}}),
            ("Bake", {"publish": {"version": "5"}}),
        )
    ]
    assert said == ["publish: version 5", "settle: rolled back, slow", None]
