"""A part's rows are right or wrong as the contract says of each, however they are read."""

import json
import math
import random
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from functions.batch import rows
from functions.batch.sift import Sifted, sift
from penstock.contract import Column, Contract, TargetRule
from penstock.errors import ContractError

COLUMNS = (
    Column("age", "int", min=0, max=120),
    Column("balance", "float", nullable=True),
    Column("smoker", "boolean", nullable=True),
    Column("plan", "category", values=("a", "b")),
    Column("colour", "category", values=("red", "blue"), nullable=True),
)
CONTRACT = Contract("demo", "id", COLUMNS, TargetRule("ill", "yes", "no"), 0.5)
RIGHT: dict[str, list[Any]] = {
    "age": [0, 40, 120.0],
    "balance": [-1.5, None, 3],
    "smoker": [True, None, False],
    "plan": ["a", "b"],
    "colour": ["red", None, "blue"],
}
# fmt: off
NASTY: list[Any] = [
    None, True, 0, -1, 40.5, 2**63, 10**400, 1e300, math.nan, -math.inf, "", "c", "1", [], {"a": 1},
]
# fmt: on


def expected(row: dict[str, Any]) -> dict[str, Any] | list[tuple[str, str, str]]:
    """Its values as a record has them (true is 1), or what is wrong with it."""
    try:
        read = CONTRACT.parse([row])
    except ContractError as error:
        return [(v.field, v.expected, v.got) for v in error.violations]
    values = {name: column[0] for name, column in read.items()}
    return {name: None if v == "" or v != v else v for name, v in values.items()}


def hold(sifted: Sifted, table: list[dict[str, Any]]) -> None:
    """Each row of the table is where the contract puts it."""
    wanted = [expected(row) for row in table]
    good = [i for i, found in enumerate(wanted) if isinstance(found, dict)]
    assert sifted.good.tolist() == good
    assert sifted.values.to_dicts() == [wanted[i] for i in good]
    said = {
        i: [(v.field, v.expected, v.got) for v in violations]
        for i, violations in sifted.broken.items()
    }
    assert said == {i: found for i, found in enumerate(wanted) if isinstance(found, list)}


@pytest.mark.parametrize("nasty", [0.0, 0.02, 0.3])
def test_lines_of_json_are_sifted_as_the_contract_reads_each(nasty: float) -> None:
    chance = random.Random(5)
    table = [
        {name: chance.choice(NASTY if chance.random() < nasty else RIGHT[name]) for name in RIGHT}
        for _ in range(400)
    ]
    text = "".join(f"{json.dumps(row)}\n" for row in table)
    hold(sift(rows.of_jsonl(text.encode(), CONTRACT), CONTRACT), table)


def test_columns_of_parquet_are_sifted_as_the_contract_reads_each(tmp_path: Path) -> None:
    chance = random.Random(6)
    wrong: dict[str, list[Any]] = {
        "age": [None, -1, 40.5, math.nan, math.inf],
        "balance": [math.nan, 1e300],
        "smoker": [True],
        "plan": [None, "", "c"],
        "colour": ["green", ""],
    }
    table = [
        {name: chance.choice((wrong if chance.random() < 0.1 else RIGHT)[name]) for name in RIGHT}
        for _ in range(400)
    ]
    pl.DataFrame(table, strict=False).write_parquet(tmp_path / "a.parquet")
    found = rows.of_parquet(tmp_path / "a.parquet", 0, 400, CONTRACT, where="here")
    hold(sift(found, CONTRACT), pl.read_parquet(tmp_path / "a.parquet").to_dicts())


@pytest.mark.parametrize(
    ("dtype", "good"),
    [
        (pl.Int8, True), (pl.UInt64, True), (pl.Float32, True), (pl.Decimal(10, 2), True),
        (pl.String, False), (pl.Boolean, False), (pl.Date, False),
    ],
)  # fmt: skip
def test_a_column_of_another_type_is_refused_as_its_values_are(
    dtype: Any, good: bool, tmp_path: Path
) -> None:
    plain = {"age": [1, 0], "balance": [1.5, 2.5], "smoker": [True, None], "plan": ["a", "b"]}
    frame = pl.DataFrame(plain).with_columns(pl.col("age").cast(dtype))
    frame.write_parquet(tmp_path / "a.parquet")
    found = rows.of_parquet(tmp_path / "a.parquet", 0, 2, CONTRACT, where="here")
    sifted = sift(found, CONTRACT)
    assert sifted.good.tolist() == ([0, 1] if good else [])
    assert [v.field for v in sifted.broken.get(0, [])] == ([] if good else ["age"])


def test_one_wrong_cell_leaves_the_others_of_its_column_as_they_were() -> None:
    """Beyond a thousand rows: those that are right are not read one by one."""
    table = [{name: values[0] for name, values in RIGHT.items()} for _ in range(3000)]
    table[1234]["age"], table[1235]["age"] = "forty", -1
    text = "".join(f"{json.dumps(row)}\n" for row in table)
    sifted = sift(rows.of_jsonl(text.encode(), CONTRACT), CONTRACT)
    assert sifted.good.tolist() == [i for i in range(3000) if i not in (1234, 1235)]
    assert [(i, v.got) for i, (v,) in sifted.broken.items()] == [(1234, "'forty'"), (1235, "-1")]
    assert np.isfinite(sifted.values["age"].to_numpy()).all()
