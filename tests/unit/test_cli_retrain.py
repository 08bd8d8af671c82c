"""A person's training: what is asked for, what is told, and how its end is said."""

import json
from datetime import UTC, datetime
from io import StringIO
from types import SimpleNamespace
from typing import Any, cast

import pytest
from rich.console import Console

from cli import executions, retrain
from cli.errors import CommandError
from cli.executions import Ended, State
from cli.stack import Stack
from cli.target import Target

NOW = datetime(2026, 11, 21, tzinfo=UTC)
STACK = cast("Stack", SimpleNamespace(train_state_machine_arn="m"))
PREPARED = {"dataset_version": "v1", "rows": {"train": 65, "holdout": 20}}


def test_a_training_is_asked_for_in_the_callers_name_with_what_was_said() -> None:
    inputs: list[Any] = []

    def start(stateMachineArn: str, input: str) -> dict[str, str]:
        inputs.append((stateMachineArn, json.loads(input)))
        return {"executionArn": "arn:e"}

    def who() -> dict[str, str]:
        return {"Arn": "arn:aws:sts::1:assumed-role/admin/ann"}

    client = SimpleNamespace(get_caller_identity=who, start_execution=start)
    target = cast("Target", SimpleNamespace(client=lambda _: client))
    assert retrain.ask(target, STACK, reason="a new clinic", dataset_version=None) == "arn:e"
    wanted = {"trigger": "manual", "by": "assumed-role/admin/ann", "reason": "a new clinic"}
    assert inputs == [("m", wanted)]


def told(monkeypatch: pytest.MonkeyPatch, status: str, why: str = "") -> tuple[Any, str]:
    states = [
        State("Request", NOW, NOW, {}),
        State("Prepare", NOW, NOW, {"prepare": PREPARED}),
        State("Evaluate", NOW, NOW, {"evaluate": {"description": "3 of 3 gates passed"}}),
    ]
    monkeypatch.setattr(executions, "states", lambda *_: states)
    monkeypatch.setattr(executions, "ended", lambda *_: Ended("e", status, {"a": 1}, why))
    console = Console(file=StringIO(), width=200)
    try:
        done: Any = retrain.follow(console, cast("Target", None), "e")
    except CommandError as error:
        done = str(error)
    return done, cast("StringIO", console.file).getvalue()


def test_each_stage_is_told_once_it_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    done, said = told(monkeypatch, "SUCCEEDED")
    assert done == {"a": 1}
    assert said.splitlines() == [
        "prepare: dataset v1, rows: 65 for train, 20 for holdout",
        "evaluate: 3 of 3 gates passed",
    ]


def test_a_training_that_came_to_nothing_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    done, _ = told(monkeypatch, "FAILED", "GatesFailed no better than the champion")
    assert done == "the training came to nothing, GatesFailed no better than the champion"
