"""A free text keeps its length and is text; the door, the file and the published schema agree."""

import json
from typing import Any

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from cli.instances import instance
from functions.ingest.validate import Verdict, validate
from functions.shared import npz_texts
from penstock import record, schema
from penstock.contract import Column, Contract
from penstock.errors import ContractError
from penstock.spec import RECORDED, UseCase

RAW: dict[str, Any] = {
    "name": "tickets",
    "owner": "a@example.com",
    "description": "what is urgent",
    "problem": "binary",
    "target": {"column": "urgent", "positive": "yes", "negative": "no"},
    "row_id": "ticket",
    "columns": [
        {"name": "message", "type": "text", "max_length": 20},
        {"name": "note", "type": "text", "max_length": 10, "nullable": True},
    ],
    "algorithm": {"name": "xgboost"},
    "gates": [{"metric": "roc_auc", "min": 0.6}],
    "budget": {"monthly_usd": 5},
}
USECASE = UseCase.model_validate(RAW)
CONTRACT = USECASE.contract()
SCHEMA = Draft202012Validator(schema.json_schema(USECASE))


def parsed(message: Any, note: Any = None) -> list[Any]:
    """As a row, among rows and as columns: one answer."""
    row = {"message": message, "note": note}
    ways = [
        CONTRACT.parse([row]),
        CONTRACT.parse([row, {"message": "other"}]),
        CONTRACT.parse_columns({"message": [message], "note": [note]}),
    ]
    found = [[way[name][0] for name in row] for way in ways]
    assert found[0] == found[1] == found[2]
    return found[0]


@pytest.mark.parametrize(
    "message", ["hello", " spaces stay ", "x" * 20, "👍🏽" * 10, "שלום עולם", "a\nb", "\x00"]
)
def test_any_text_of_its_length_is_taken_as_it_was_written(message: str) -> None:
    assert parsed(message) == [message, ""]
    assert SCHEMA.is_valid({"instances": [{"message": message}]})


@pytest.mark.parametrize(
    ("message", "got"),
    [
        ("", "0 characters"),
        ("x" * 21, "21 characters"),
        ("x" * 100_000, "100000 characters"),
        (None, "null"),
        (7, "7"),
        (True, "True"),
        (["a"], "['a']"),
        ("\ud83d", "half of a UTF-16 pair"),
    ],
)
def test_what_is_no_such_text_is_refused_with_both_sides(message: Any, got: str) -> None:
    for ask in (
        lambda: CONTRACT.parse([{"message": message}]),
        lambda: CONTRACT.parse([{"message": "fine"}, {"message": message}]),
        lambda: CONTRACT.parse_columns({"message": ["fine", message]}),
    ):
        with pytest.raises(ContractError) as refused:
            ask()
        (broken,) = refused.value.violations
        assert (broken.field, broken.got) == ("message", got)
        assert broken.expected == "a text of 1 to 20 characters"
    if message != "\ud83d":  # which a schema cannot say
        assert not SCHEMA.is_valid({"instances": [{"message": message}]})


def test_a_text_that_may_be_missing_may_be_empty() -> None:
    assert parsed("a", "") == ["a", ""]
    assert parsed("a", None) == ["a", ""]
    assert SCHEMA.is_valid({"instances": [{"message": "a", "note": ""}]})
    with pytest.raises(ContractError, match="at most 10 characters, or null"):
        CONTRACT.parse([{"message": "a", "note": "x" * 11}])


def judge(message: str, note: str = "") -> Verdict:
    cells = ['"' + cell.replace('"', '""') + '"' for cell in ("t1", message, note, "yes")]
    body = "ticket,message,note,urgent\n" + ",".join(cells) + "\n"
    return validate(body.encode(), CONTRACT, None, where="here")


@pytest.mark.parametrize("message", ["hello", " spaces stay ", '"said", he', "a\nb", "👍🏽" * 10])
def test_a_cell_is_the_text_that_a_request_would_have(message: str) -> None:
    """Not trimmed: training would see another text than serving."""
    verdict = judge(message, " ")
    assert verdict.accepted["message"].to_list() == [message]
    assert parsed(message, " ") == [message, " "]
    row = {"ticket": "t1", "message": message, "note": ""}
    assert instance(row, CONTRACT) == {"ticket": "t1", "message": message, "note": None}


def test_a_cell_that_is_too_long_is_set_aside_with_its_length() -> None:
    rejected = judge("x" * 100_000).rejected["reject_reason"][0]
    assert rejected == "message: got 100000 characters, expected a text of 1 to 20 characters"
    assert "got nothing" in judge("").rejected["reject_reason"][0]


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ({"type": "text"}, "a text needs `max_length`"),
        ({"type": "float", "max_length": 5}, "nothing else has it"),
        ({"type": "text", "max_length": 5, "values": ["a"]}, "a category needs `values`"),
        ({"type": "text", "max_length": 5, "min": 1}, "min and max are for float and int"),
        ({"type": "text", "max_length": RECORDED + 1}, "less than or equal to"),
        ({"type": "text", "max_length": RECORDED}, f"a record holds {RECORDED}"),
    ],
)
def test_a_text_of_no_length_or_beyond_a_records_is_refused_at_synthesis(
    column: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        UseCase.model_validate(RAW | {"columns": [RAW["columns"][0], {"name": "more", **column}]})


def test_quality_is_not_sliced_by_free_text() -> None:
    sliced = {"monitoring": {"quality": {"slices": ["message"]}}}
    with pytest.raises(ValueError, match="or a text"):
        UseCase.model_validate(RAW | sliced)


def test_the_contract_comes_back_from_its_json_also_an_older_one() -> None:
    assert Contract.from_dict(json.loads(json.dumps(CONTRACT.to_dict()))) == CONTRACT
    old = CONTRACT.to_dict()
    old["columns"] = [{"name": "age", "type": "int", "values": None}]
    assert Contract.from_dict(old).columns == (Column("age", "int"),)


def test_a_persons_text_is_recorded_as_a_mask_and_its_length() -> None:
    key = b"k"
    recorded = record.mask("text")("my iban is", key)
    assert recorded == f"{record.masked('my iban is', key)}.10"
    assert recorded[record.LENGTH_AT - 1 :] == "10"
    assert record.mask("category")("a", key) == record.masked("a", key)
    assert record.glue_columns([("note", "text", True), ("more", "text", False)]).items() >= {
        ("note", "string"),
        ("more", "string"),
    }


def test_texts_keep_their_room_in_the_holdout() -> None:
    """numpy's own arrays would give each the longest one's: 40 MB here."""
    given = ["", "short", "👍 שלום", "x\x00", "y" * 10_000] + ["z"] * 1000
    arrays = npz_texts.pack("note", given)
    assert npz_texts.unpack("note", arrays).tolist() == given
    assert sum(array.nbytes for array in arrays.values()) < 20_000
    assert npz_texts.unpack("none", npz_texts.pack("none", [])).tolist() == []
    assert np.array(given, np.str_).nbytes > 40_000_000
