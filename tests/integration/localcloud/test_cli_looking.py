"""`penstock status`, `logs` and `up` against a running local cloud: by the calls AWS has too."""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import LAMBDA_PYTHON, free_port
from page_world import World, opened
from typer.testing import CliRunner

import localcloud
from cli import inventory, logs, main, paths, target

Say = Callable[..., str]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[localcloud.Running, World]]:
    with opened(tmp_path_factory.mktemp("cli")) as (running, world):
        arn = world.run("small")
        world.client("sagemaker").get_waiter("training_job_completed_or_stopped").wait(
            TrainingJobName="forecast", WaiterConfig={"Delay": 1}
        )
        states = world.client("stepfunctions")
        while states.describe_execution(executionArn=arn)["status"] == "RUNNING":
            time.sleep(0.1)
        yield running, world


@pytest.fixture
def say(made: tuple[localcloud.Running, World], monkeypatch: pytest.MonkeyPatch) -> Say:
    """What a command prints; it must end well."""
    monkeypatch.setattr(paths, "CLOUD", made[0].log.parent)
    monkeypatch.setenv("COLUMNS", "200")

    def run(*words: str) -> str:
        done = CliRunner().invoke(main.app, list(words), prog_name="penstock")
        assert done.exit_code == 0, (done.output, done.exception)
        return done.output

    return run


@pytest.fixture
def refused(
    made: tuple[localcloud.Running, World],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Say:
    """The one line that a command prints when it fails with code 1."""
    monkeypatch.setattr(paths, "CLOUD", made[0].log.parent)

    def run(*words: str) -> str:
        monkeypatch.setattr(sys, "argv", ["penstock", *words])
        assert main.run() == 1
        said = capsys.readouterr().err
        assert said.count("\n") == 1
        return said

    return run


def test_status_lists_what_there_is(say: Say) -> None:
    shown = say("status")
    for words in (
        ("shop-queues", "CREATE_COMPLETE"),
        ("orders", "python3.14", "512 MB"),
        ("order-small", "order-flow", "SUCCEEDED"),
        ("no-orders", "OK"),
    ):
        assert any(all(word in line for word in words) for line in shown.splitlines()), words
    assert "/_localcloud/" in shown


def test_status_lists_no_more_than_it_is_asked_for(say: Say) -> None:
    assert "... more alarms" in say("status", "--limit", "1")
    assert "shop-queues" not in say("status", "--limit", "0")


def test_a_kind_that_may_not_be_read_does_not_hide_the_others(
    made: tuple[localcloud.Running, World],
) -> None:
    here = target.local(made[0])
    there = replace(here, session=WithoutLambda(here.session))
    found = {listing.title: listing for listing in inventory.everything(there, 10)}
    assert "ListFunctions" in found["functions"].problem
    assert {title for title, listing in found.items() if listing.problem} == {"functions"}
    assert found["stacks"].rows[0][0] == "shop-queues"


class WithoutLambda:
    """A session whose Lambda is called by somebody whom nobody knows."""

    def __init__(self, session: Any) -> None:
        self._session = session

    def client(self, service: str, **words: Any) -> Any:
        if service == "lambda":
            words |= {"aws_access_key_id": "AKIANOBODY", "aws_secret_access_key": "x"}
        return self._session.client(service, **words)


def test_logs_are_found_by_the_name_of_a_function(
    say: Say, made: tuple[localcloud.Running, World]
) -> None:
    made[1].invoke("pencil")
    assert "asked for pencil" in eventual(lambda: say("logs", "orders"), "asked for pencil")


def eventual(read: Callable[[], str], words: str) -> str:
    for _ in range(50):
        if words in (shown := read()):
            return shown
        time.sleep(0.1)
    return shown


def test_logs_are_found_by_the_name_of_a_job(say: Say) -> None:
    assert "epoch 2: loss=0.333" in say("logs", "forecast", "--since", "1h")


def test_logs_are_filtered(say: Say, made: tuple[localcloud.Running, World]) -> None:
    made[1].invoke("ruler")
    shown = eventual(lambda: say("logs", "/aws/lambda/orders", "--filter", "ruler"), "ruler")
    assert "asked for ruler" in shown
    assert "START" not in shown


def test_a_part_of_a_group_s_name_is_enough_if_no_other_has_it(say: Say) -> None:
    assert "epoch" in say("logs", "trainingjobs")


def test_without_a_name_the_log_groups_are_listed(say: Say) -> None:
    assert {"/aws/lambda/orders", "/aws/sagemaker/TrainingJobs"} <= set(say("logs").split())


def test_an_unknown_name_is_answered_with_the_known(refused: Say) -> None:
    said = refused("logs", "nobody")
    assert said.startswith("penstock: no log group of 'nobody' in the local cloud")
    assert "/aws/lambda/orders" in said


def test_a_name_in_several_groups_is_answered_with_them(refused: Say) -> None:
    said = refused("logs", "aws")
    assert "is in several log groups: " in said
    assert "/aws/sagemaker/TrainingJobs" in said


@pytest.mark.parametrize("words", ["ten", "10", "-5m", "1w", ""])
def test_a_duration_that_is_none_is_refused(refused: Say, words: str) -> None:
    assert "expected 30s, 10m, 2h or 1d" in refused("logs", "orders", f"--since={words}")


def test_following_prints_each_line_once_as_it_comes(
    made: tuple[localcloud.Running, World],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A real follow in a thread; it is ended as Ctrl-C would end it."""
    monkeypatch.setattr(paths, "CLOUD", made[0].log.parent)
    monkeypatch.setattr(logs, "_EVERY_SECONDS", 0.2)
    ended = threading.Event()
    wait = time.sleep

    def sleep(seconds: float) -> None:
        wait(seconds)
        if ended.is_set():
            raise KeyboardInterrupt

    monkeypatch.setattr(logs.time, "sleep", sleep)

    def follow() -> None:
        with pytest.raises(KeyboardInterrupt):
            logs.logs("orders", follow=True, since="1m")

    thread = threading.Thread(target=follow)
    thread.start()
    try:
        for order in ("chalk", "glue"):
            made[1].invoke(order)
            wait(0.7)
    finally:
        ended.set()
        thread.join(5)
    shown = capsys.readouterr().out
    assert [shown.count(f"asked for {order}") for order in ("chalk", "glue")] == [1, 1]


def test_lines_that_are_alike_are_told_apart_by_their_number() -> None:
    """The local cloud gives events no id: two equal lines in one millisecond are two."""
    line = {"logStreamName": "s", "timestamp": 1, "message": "again"}
    seen = Counter(map(logs._key, [line]))
    assert logs.unseen([line], seen) == []
    assert logs.unseen([line, line], seen) == [line]


def test_up_names_the_page(say: Say, made: tuple[localcloud.Running, World]) -> None:
    assert f"{made[0].endpoint}/_localcloud/" in say("up")


def test_a_fresh_cloud_is_up_in_less_than_five_seconds(tmp_path: Path) -> None:
    began = time.monotonic()
    localcloud.start(localcloud.Config(free_port(), tmp_path, 1.0, {}, LAMBDA_PYTHON))
    try:
        assert time.monotonic() - began < 5
    finally:
        localcloud.stop(tmp_path)
