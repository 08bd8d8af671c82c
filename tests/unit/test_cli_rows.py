"""The rows of the story are made by the contract, whatever the use case."""

import csv
import io
import statistics

import pytest

from cli.demo import rows
from cli.instances import instance
from penstock.contract import Column, Contract, TargetRule
from penstock.errors import ContractError

CONTRACT = Contract(
    usecase="any",
    row_id="id",
    columns=(
        Column("size", "float", 0, 100),
        Column("count", "int", 0, None, nullable=True),
        Column("colour", "category", values=("red", "green", "blue")),
        Column("fresh", "boolean"),
    ),
    target=TargetRule("bought", "yes", "no"),
    threshold=0.5,
)
ROWS = [
    {
        "id": f"r{i}", "size": f"{i % 40}.5", "count": "" if i % 9 == 0 else str(i % 7),
        "colour": "blue" if i == 3 else ("red", "green")[i % 2],
        "fresh": ("true", "false")[i % 2], "bought": ("yes", "no")[i % 2],
    }
    for i in range(100)
]  # fmt: skip


def test_a_row_of_text_becomes_a_request_that_the_contract_takes() -> None:
    """Types as JSON has them, a missing value as null."""
    assert instance(ROWS[0], CONTRACT) == {
        "id": "r0", "size": 0.5, "count": None, "colour": "red", "fresh": True,
    }  # fmt: skip
    CONTRACT.parse([instance(row, CONTRACT) for row in ROWS])


@pytest.mark.parametrize(("text", "value"), [("1", True), ("0", False), (" true ", True)])
def test_a_flag_may_be_written_as_a_figure(text: str, value: bool) -> None:
    assert instance(ROWS[0] | {"fresh": text}, CONTRACT)["fresh"] is value


def test_both_parts_are_the_whole_and_the_same_every_time() -> None:
    first, rest = rows.parts(ROWS)
    assert (len(first), len(rest)) == (60, 40)
    assert {r["id"] for r in first + rest} == {r["id"] for r in ROWS}
    assert rows.parts(ROWS) == (first, rest)


def test_every_broken_row_breaks_the_contract_or_repeats_an_id() -> None:
    """Each in one way, so that each of quarantine's reasons is seen."""
    made = rows.broken(ROWS, CONTRACT)
    known = {row["id"] for row in ROWS}
    again = [row for row in made if row["id"] in known]
    assert again == [made[-1]]
    for row in made[:-1]:
        target = row["bought"] in ("yes", "no")
        try:
            CONTRACT.parse([instance(row, CONTRACT)])
        except (ContractError, ValueError):
            continue
        assert not target, f"nothing is wrong with {row}"
    changed = {
        name for row, good in zip(made, ROWS, strict=False) for name in row
        if row[name] != good[name] and name != "id"
    }  # fmt: skip
    assert changed == {"size", "count", "colour", "bought"}


def test_csv_is_read_back_as_it_was() -> None:
    read = list(csv.DictReader(io.StringIO(rows.as_csv(ROWS).decode())))
    assert read == ROWS


def test_shifted_instances_are_allowed_and_are_elsewhere() -> None:
    """Drift is about requests that are right and different; wrong ones would be refused."""
    moved = rows.shifted(ROWS, CONTRACT)
    CONTRACT.parse(moved)
    before = [instance(row, CONTRACT)["size"] for row in ROWS]
    shift = statistics.mean(m["size"] for m in moved) - statistics.mean(before)
    assert shift > 1.5 * statistics.pstdev(before)
    assert {m["colour"] for m in moved} == {"blue"}
    assert all(isinstance(m["count"], int | None) for m in moved)


def test_the_wrong_request_is_refused_by_the_contract() -> None:
    with pytest.raises(ContractError) as refused:
        CONTRACT.parse([rows.wrong_request(instance(ROWS[1], CONTRACT), CONTRACT)])
    assert {v.field for v in refused.value.violations} == {"size", "fresh"}
