"""The contract accepts what it should and names each thing it refuses."""

import math
from typing import Any

import numpy as np
import pytest

from penstock.contract import Column, Contract, TargetRule
from penstock.errors import ContractError

CONTRACT = Contract(
    usecase="demo",
    row_id="id",
    columns=(
        Column("age", "int", min=0, max=120),
        Column("weight", "float", nullable=True),
        Column("plan", "category", values=("a", "b")),
        Column("active", "boolean"),
    ),
    target=TargetRule("outcome", "yes", "no"),
    threshold=0.5,
)
GOOD: dict[str, Any] = {"id": "1", "age": 40, "weight": 70.5, "plan": "a", "active": True}


def test_rows_and_columns_parse_to_the_same_arrays() -> None:
    rows = [GOOD, GOOD | {"weight": None, "plan": "b"}]
    by_rows = CONTRACT.parse(rows)
    by_columns = CONTRACT.parse_columns({k: [r[k] for r in rows] for k in GOOD})
    for name in ("age", "weight", "plan", "active"):
        np.testing.assert_array_equal(by_rows[name], by_columns[name])
    assert by_rows["plan"].tolist() == ["a", "b"]
    assert math.isnan(by_rows["weight"][1])


@pytest.mark.parametrize(
    ("change", "field", "expected"),
    [
        ({"age": 40.5}, "age", "a whole number from 0 to 120"),
        ({"age": 121}, "age", "from 0 to 120"),
        ({"age": "40"}, "age", "a whole number"),
        ({"age": True}, "age", "a whole number"),
        ({"age": None}, "age", "a whole number"),
        ({"weight": math.inf}, "weight", "a finite number, or null"),
        ({"weight": math.nan}, "weight", "a finite number"),
        ({"weight": 10**400}, "weight", "a finite number"),
        ({"plan": "c"}, "plan", "one of 'a', 'b'"),
        ({"plan": 1}, "plan", "one of 'a', 'b'"),
        ({"active": 1}, "active", "true or false"),
        ({"wieght": 1}, "wieght", "only columns of demo"),
    ],
)
def test_a_broken_value_is_named_with_row_field_and_rule(
    change: dict[str, Any], field: str, expected: str
) -> None:
    with pytest.raises(ContractError) as caught:
        CONTRACT.parse([GOOD, GOOD | change])
    (violation,) = caught.value.violations
    assert (violation.row, violation.field) == (1, field)
    assert expected in violation.expected


def test_every_broken_row_of_a_batch_is_named() -> None:
    bad = GOOD | {"age": -1, "plan": "z"}
    with pytest.raises(ContractError) as caught:
        CONTRACT.parse([bad, GOOD, bad])
    assert [(v.row, v.field) for v in caught.value.violations] == [
        (0, "age"), (0, "plan"), (2, "age"), (2, "plan"),
    ]  # fmt: skip


@pytest.mark.parametrize("instances", [[], [1], ["x"], [None]])
def test_instances_that_are_no_rows_are_refused(instances: list[Any]) -> None:
    with pytest.raises(ContractError):
        CONTRACT.parse(instances)


@pytest.mark.parametrize("columns", [{}, {"age": 1}, {"age": [1], "plan": ["a", "b"]}, {"z": [1]}])
def test_ragged_or_unknown_columns_are_refused(columns: dict[str, Any]) -> None:
    with pytest.raises(ContractError):
        CONTRACT.parse_columns(columns)


def test_a_contract_survives_its_json() -> None:
    assert Contract.from_dict(CONTRACT.to_dict()) == CONTRACT
