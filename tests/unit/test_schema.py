"""The published schema accepts what the contract accepts, and refuses what it refuses."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from functions.predict import request
from penstock import schema
from penstock.errors import ContractError
from penstock.explanation import MOST_ROWS
from penstock.spec import UseCase
from penstock.spec_file import load

USECASES = sorted((Path(__file__).parents[2] / "usecases").glob("*/usecase.yaml"))
WISHES: list[Any] = [True, True, False, False, "yes", 1, None]
NASTY: list[Any] = [None, True, 0, -1, 1.5, 2.0, 1e6, 10**400, "", "No", "nonsense", [], {}]


@pytest.fixture(params=USECASES, ids=lambda path: path.parent.name)
def usecase(request: pytest.FixtureRequest) -> UseCase:
    return load(request.param)


def plain(usecase: UseCase, chance: random.Random) -> dict[str, Any]:
    row: dict[str, Any] = {usecase.row_id: "row-1"}
    for column in usecase.columns:
        low = 0 if column.min is None else column.min
        high = low + 100 if column.max is None else column.max
        match column.type:
            case "category":
                row[column.name] = chance.choice(column.values or ())
            case "boolean":
                row[column.name] = chance.random() < 0.5
            case "int":
                row[column.name] = chance.randint(int(low), int(high))
            case "float":
                row[column.name] = chance.uniform(low, high)
    return row


def spoilt(row: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    name = chance.choice(list(row)[1:])  # not the id: to JSON Schema 2.0 is a whole number
    match chance.randint(0, 3):
        case 0:
            return {k: v for k, v in row.items() if k != name}
        case 1:
            return {**row, "unknown": 1}
        case _:
            return {**row, name: chance.choice(NASTY)}


def accepted(usecase: UseCase, asked: dict[str, Any]) -> bool:
    try:
        request.parse(asked, usecase.contract())
    except ContractError:
        return False
    return True


def test_schema_and_contract_agree_on_every_request(usecase: UseCase) -> None:
    document = schema.json_schema(usecase)
    Draft202012Validator.check_schema(document)
    valid, chance = Draft202012Validator(document).is_valid, random.Random(3)
    answers = []
    for _ in range(400):
        row = plain(usecase, chance)
        row = spoilt(row, chance) if chance.random() < 0.8 else row
        for form in ({"instances": [row]}, {"columns": {k: [v] for k, v in row.items()}}):
            asked = {**form, "explain": chance.choice(WISHES)} if chance.random() < 0.5 else form
            answers.append(accepted(usecase, asked))
            assert valid(asked) == answers[-1], asked
    assert 0 < sum(answers) < len(answers)


@pytest.mark.parametrize("rows", [MOST_ROWS, MOST_ROWS + 1])
@pytest.mark.parametrize("explain", [True, False])
def test_both_know_how_many_rows_are_explained_at_once(
    usecase: UseCase, rows: int, explain: bool
) -> None:
    row, valid = plain(usecase, random.Random(1)), Draft202012Validator(schema.json_schema(usecase))
    forms = ({"instances": [row] * rows}, {"columns": {k: [v] * rows for k, v in row.items()}})
    for form in forms:
        asked = {**form, "explain": explain}
        wanted = rows <= MOST_ROWS or not explain
        assert accepted(usecase, asked) == valid.is_valid(asked) == wanted


@pytest.mark.parametrize(
    "asked", [{}, [], {"instances": []}, {"columns": {}}, {"instances": [{}], "columns": {}}]
)
def test_neither_takes_a_request_of_another_form(usecase: UseCase, asked: Any) -> None:
    assert not accepted(usecase, asked)
    assert not Draft202012Validator(schema.json_schema(usecase)).is_valid(asked)


def test_the_openapi_document_holds_together(usecase: UseCase) -> None:
    document = schema.openapi(usecase)
    schemas = document["components"]["schemas"]
    for name in schemas:
        Draft202012Validator.check_schema(schemas[name])
    (operation,) = document["paths"]["/"].values()
    for response in operation["responses"].values():
        reference = response["content"]["application/json"]["schema"]["$ref"]
        assert reference.removeprefix("#/components/schemas/") in schemas
