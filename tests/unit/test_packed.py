"""Packed rows are held to the contract as the same rows in JSON are, and answered as packed."""

import base64
import math
import random
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from functions.explain.scores import scores
from penstock import packed
from penstock.artifact import NAMED
from penstock.contract import Column, Columns, Contract, TargetRule
from penstock.errors import ContractError, PenstockError, Violation

COLUMNS = (
    Column("age", "int", min=0, max=120),
    Column("balance", "float", nullable=True),
    Column("smoker", "boolean", nullable=True),
    Column("insured", "boolean"),
    Column("plan", "category", values=("a", "b")),
    Column("colour", "category", values=("red", "blue"), nullable=True),
)
CONTRACT = Contract("demo", "id", COLUMNS, TargetRule("ill", "yes", "no"), 0.25)
RIGHT: dict[str, list[Any]] = {
    "age": [0, 40, 120.0],
    "balance": [-1.5, None, 1e299],
    "smoker": [True, None, False],
    "insured": [True, False],
    "plan": ["a", "b"],
    "colour": ["red", None, "blue"],
}
WRONG: dict[str, list[Any]] = {
    "age": [None, 40.5, 121, -1, 1e308],
    "balance": [math.inf, -math.inf, 1e300],
    "smoker": [2.0, 0.5],
    "insured": [None, -1.0],
    "plan": [None, "c"],
    "colour": ["green"],
}


def pack(columns: dict[str, list[Any]]) -> dict[str, Any]:
    """As batch packs them."""
    made: dict[str, Any] = {}
    for name, values in columns.items():
        if name in ("plan", "colour"):
            words = sorted({value for value in values if value is not None})
            codes = [-1 if value is None else words.index(value) for value in values]
            made[name] = packed.texts(np.array(codes), words)
        else:
            numbers = [math.nan if value is None else float(value) for value in values]
            made[name] = packed.numbers(np.array(numbers))
    return made


def result(read: Any, sent: Any) -> Columns | list[Violation]:
    try:
        return read(sent)  # type: ignore[no-any-return]
    except ContractError as error:
        return list(error.violations)


def test_packed_rows_are_read_as_the_same_rows_in_json_are() -> None:
    """Also which of them are wrong, and why."""
    chance = random.Random(3)
    refused = 0
    for _ in range(300):
        rows, wrong = chance.randrange(1, 9), chance.choice([0.0, 0.02])
        columns = {
            name: [
                chance.choice((WRONG if chance.random() < wrong else RIGHT)[name])
                for _ in range(rows)
            ]
            for name in RIGHT
        }
        theirs = result(CONTRACT.parse_columns, columns)
        ours = result(lambda sent: packed.read(sent, CONTRACT), pack(columns))
        if isinstance(theirs, list):
            refused += 1
            assert isinstance(ours, list)
            assert [(v.row, v.field, v.expected) for v in ours] == [
                (v.row, v.field, v.expected) for v in theirs
            ]
            continue
        assert isinstance(ours, dict)
        for name, values in theirs.items():
            assert ours[name].dtype == values.dtype
            assert ours[name].flags.writeable  # features.py may write into its columns
            np.testing.assert_array_equal(ours[name], values)
    assert 30 < refused < 150


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ("age", "AAA"),
        ("age", base64.b64encode(b"12345").decode()),
        ("age", 7),
        ("plan", {"words": ["a"]}),
        ("plan", packed.texts(np.array([1]), ["a"])),
        ("plan", packed.texts(np.array([-2]), ["a"])),
        ("plan", {**packed.texts(np.array([0]), []), "words": [["a"]]}),
        ("plan", packed.numbers(np.array([1.0]))),
        ("age", packed.texts(np.array([0]), ["40"])),
        ("age", packed.numbers(np.array([]))),
        ("age", packed.numbers(np.array([1.0, 2.0]))),
        ("weight", packed.numbers(np.array([1.0]))),
    ],
)
def test_what_is_not_packed_so_is_refused(column: str, said: Any) -> None:
    row = pack({name: values[:1] for name, values in RIGHT.items()})
    with pytest.raises(ContractError):
        packed.read(row | {column: said}, CONTRACT)


def test_a_request_of_no_columns_is_refused() -> None:
    nothing: list[Any] = [{}, [], None, "columns"]
    for sent in nothing:
        with pytest.raises(ContractError):
            packed.read(sent, CONTRACT)


def test_a_column_may_be_left_out_where_it_may_be_null() -> None:
    row = pack({name: values[:1] for name, values in RIGHT.items() if name != "colour"})
    assert packed.read(row, CONTRACT)["colour"].tolist() == [""]


def test_an_answer_holds_every_bit_of_a_score_and_what_makes_its_label() -> None:
    given = np.random.default_rng(1).random(1000)
    said = packed.answer(given, CONTRACT)
    assert (packed.scores(said) == given).all()
    assert (said["threshold"], said["labels"]) == (0.25, ["no", "yes"])


def test_a_score_that_is_no_number_is_an_error_and_no_answer() -> None:
    with pytest.raises(PenstockError, match="row 1"):
        packed.answer(np.array([0.5, math.nan]), CONTRACT)


def test_the_explain_function_scores_by_the_model_that_is_named() -> None:
    asked: list[tuple[str, ...]] = []

    def find(*named: str) -> Any:
        asked.append(named)
        return SimpleNamespace(contract=CONTRACT, scores=lambda columns: columns["age"] / 200)

    columns = {name: values[:2] for name, values in RIGHT.items()}
    model = dict(zip(NAMED, ("s3://b/k", "v1", "00"), strict=True))
    said = scores({"step": "scores", "model": model, "packed": pack(columns)}, find)
    assert packed.scores(said).tolist() == [0.0, 0.2]
    assert asked == [("s3://b/k", "v1", "00")]
