"""A part's rows are asked in requests that Lambda takes, and answered in their order."""

import json
import time
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest

from functions.batch import asking
from penstock import packed
from penstock.contract import Column, Contract, TargetRule

COLUMNS = (Column("score", "float"), Column("note", "text", max_length=10_000))
CONTRACT = Contract("demo", "id", COLUMNS, TargetRule("ill", "yes", "no"), 0.5)
JOB = {"version": "3"}


def table(rows: int, characters: int) -> pl.DataFrame:
    """Each row has a score of its own and a text of its own, some of it beyond ASCII."""
    notes = [f"{i}" + "é" * (i % 7) + "x" * characters for i in range(rows)]
    return pl.DataFrame({"score": np.arange(rows) / rows, "note": notes})


def version(request: bytes) -> dict[str, Any]:
    """It scores by the column `score`, later rows sooner."""
    read = packed.read(json.loads(request)["packed"], CONTRACT)
    time.sleep(0.02 * (1 - read["score"][0]))
    return packed.answer(read["score"], CONTRACT) | {"model": {"version": "3"}}


def test_rows_with_long_texts_come_in_more_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "REQUEST_BYTES", 100_000)
    frame = table(900, 2_000)
    bodies = list(asking.requests(frame, {"step": "scores"}))
    assert len(bodies) > 15
    assert max(map(len, bodies)) <= 100_000
    read = [packed.read(json.loads(body)["packed"], CONTRACT) for body in bodies]
    assert np.concatenate([one["note"] for one in read]).tolist() == frame["note"].to_list()
    assert {json.loads(body)["step"] for body in bodies} == {"scores"}


def test_answers_are_in_the_rows_order_though_later_ones_come_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(asking, "REQUEST_ROWS", 100)
    store: Any = SimpleNamespace(
        predict_function="predict", predict=lambda _, request: version(request)
    )
    frame = table(1050, 1)
    answered = asking.by_version(frame, store, JOB)
    assert answered.scores.tolist() == frame["score"].to_list()
    assert answered.labels.to_list() == ["no"] * 525 + ["yes"] * 525


def test_no_more_requests_are_made_than_are_about_to_be_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """They hold the rows once more: all of a part's together could be too much."""
    monkeypatch.setattr(asking, "REQUEST_ROWS", 10)
    made, done, most = 0, 0, 0
    requests = asking.requests

    def counted(values: pl.DataFrame, told: dict[str, Any]) -> Any:
        nonlocal made, most
        for request in requests(values, told):
            made += 1
            most = max(most, made - done)
            yield request

    def ask(_: str, request: bytes) -> dict[str, Any]:
        nonlocal done
        answer = version(request)
        done += 1
        return answer

    monkeypatch.setattr(asking, "requests", counted)
    store: Any = SimpleNamespace(predict_function="predict", predict=ask)
    asking.by_version(table(300, 1), store, JOB)
    assert (made, done) == (30, 30)
    assert most <= asking.IN_FLIGHT + 2
