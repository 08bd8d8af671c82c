"""The quick reading and the contract's own give one answer, whatever is sent."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from penstock import quick
from penstock.contract import Column, Columns, Contract, TargetRule
from penstock.errors import ContractError, Violation

COLUMNS = (
    Column("age", "int", min=0, max=120),
    Column("weight", "float", min=0.5, max=300),
    Column("balance", "float"),
    Column("children", "int", nullable=True),
    Column("smoker", "boolean"),
    Column("insured", "boolean", nullable=True),
    Column("plan", "category", values=("a", "b")),
    Column("colour", "category", values=("red", ""), nullable=True),
    Column("note", "text", max_length=3),
    Column("remark", "text", max_length=3, nullable=True),
)
CONTRACT = Contract("demo", "id", COLUMNS, TargetRule("ill", "yes", "no"), 0.5)
PLAIN: dict[str, list[Any]] = {
    "age": [0, 40, 120],
    "weight": [0.5, 70, 81.25],
    "balance": [-1.5, 0, 1e299],
    "children": [0, 3],
    "smoker": [True, False],
    "insured": [True, False],
    "plan": ["a", "b"],
    "colour": ["red", ""],
    "note": ["abc", "é", " "],
    "remark": ["abc", ""],
}
# fmt: off
NASTY = [
    None, True, False, 0, 1, -1, 40.0, 40.5, 121, 2**53 + 1, 2**63, 10**400, -(10**400),
    1e300, -1e300, 1e308, math.nan, math.inf, -math.inf,
    "", "a", "red", "c", "1", [], {}, [1], {"a": 1}, -0.0,
    "abcd", "\ud800",
]
# fmt: on
Result = Columns | list[Violation]


def values(chance: random.Random, name: str, nasty: float) -> Any:
    return chance.choice(NASTY if chance.random() < nasty else PLAIN[name])


def result(parse: Callable[[Any], Columns], sent: Any) -> Result:
    try:
        return parse(sent)
    except ContractError as error:
        return list(error.violations)


def slowly(patches: pytest.MonkeyPatch, parse: Callable[[Any], Columns], sent: Any) -> Result:
    """With the contract's own reading alone."""
    with patches.context() as patch:
        patch.setattr(quick, "column", lambda *_: None)
        patch.setattr(quick.QuickRow, "read", lambda *_: None)
        return result(parse, sent)


def same(one: Result, other: Result) -> bool:
    if isinstance(one, list) or isinstance(other, list):
        return one == other
    return one.keys() == other.keys() and all(
        one[n].dtype == other[n].dtype
        and one[n].shape == other[n].shape
        and repr(one[n].tolist()) == repr(other[n].tolist())
        for n in one
    )


@pytest.mark.parametrize("nasty", [0.0, 0.05, 0.5])
def test_one_row_is_read_as_the_contract_reads_it(
    monkeypatch: pytest.MonkeyPatch, nasty: float
) -> None:
    chance = random.Random(7)
    accepted = 0
    for _ in range(2000):
        row = {n: values(chance, n, nasty) for n in PLAIN if chance.random() < 0.98}
        if chance.random() < 0.05:
            row["unknown"] = 1
        read = result(CONTRACT.parse, [row])
        assert same(read, slowly(monkeypatch, CONTRACT.parse, [row])), row
        accepted += isinstance(read, dict)
    assert accepted > 0


@pytest.mark.parametrize("nasty", [0.0, 0.02])
def test_columns_are_read_as_the_contract_reads_them(
    monkeypatch: pytest.MonkeyPatch, nasty: float
) -> None:
    chance = random.Random(8)
    for _ in range(500):
        length = chance.randint(1, 6)
        sent = {n: [values(chance, n, nasty) for _ in range(length)] for n in PLAIN}
        read = result(CONTRACT.parse_columns, sent)
        assert same(read, slowly(monkeypatch, CONTRACT.parse_columns, sent)), sent


def test_the_quick_way_is_taken_for_what_is_plainly_right() -> None:
    """Else both tests above would compare the slow way with itself."""
    row: dict[str, Any] = {name: choices[0] for name, choices in PLAIN.items()}
    read = quick.QuickRow(COLUMNS).read(row)
    assert read is not None
    assert np.array_equal(read["weight"], [0.5])
    for column in COLUMNS:
        assert quick.column(column, PLAIN[column.name]) is not None
        assert (quick.column(column, [None, *PLAIN[column.name]]) is not None) is column.nullable
