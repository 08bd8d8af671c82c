"""Ingest holds a row of text to the rules that predict holds a request to."""

import math
from datetime import UTC, datetime
from typing import Any

import pytest

from functions.ingest.errors import HeaderRefused
from functions.ingest.validate import Verdict, to_parquet, validate
from functions.shared.csv_text import EmptyFile, UnreadableFile
from penstock.contract import Column, Contract, TargetRule
from penstock.errors import ContractError

CONTRACT = Contract(
    usecase="demo",
    row_id="id",
    columns=(
        Column("age", "int", min=0, max=120),
        Column("weight", "float", nullable=True),
        Column("plan", "category", values=("a", "b")),
        Column("mood", "category", values=("x", "y"), nullable=True),
        Column("active", "boolean"),
    ),
    target=TargetRule("outcome", "yes", "no"),
    threshold=0.5,
)
GOOD = {
    "id": "1",
    "age": "40",
    "weight": "70.5",
    "plan": "a",
    "mood": "x",
    "active": "true",
    "outcome": "yes",
}
HEADER = ",".join(GOOD)


def judge(*rows: dict[str, str], contract: Contract = CONTRACT) -> Verdict:
    lines = [HEADER, *(",".join(row.values()) for row in rows)]
    return validate("\n".join(lines).encode(), contract, None, where="here")


def as_json(column: Column, text: str) -> Any:
    """The JSON value that a cell of text stands for."""
    text = text.strip()
    if text == "":
        return None
    if column.type == "boolean":
        return {"true": True, "false": False, "1": True, "0": False}.get(text.lower(), text)
    if column.type == "category":
        return text
    try:
        return float(text)
    except ValueError:
        return text


VALUES = {
    "age": ["0", "120", "121", "-1", "40.5", "40.0", "", " 41 ", "x", "inf", "NaN", "1e1", "1e999"],
    "weight": ["0", "-3.5", "", " ", "inf", "-inf", "nan", "Infinity", "1e299", "1e301", "7kg"],
    "plan": ["a", "b", "c", "A", "", "  ", "a b"],
    "mood": ["x", "z", "", " "],
    "active": ["true", "False", "TRUE", "yes", "", "0", "1", "2"],
}
CASES = [(c, text) for c in CONTRACT.columns for text in VALUES[c.name]]


@pytest.mark.parametrize(("column", "text"), CASES, ids=[f"{c.name}={t!r}" for c, t in CASES])
def test_ingest_and_predict_give_the_same_verdict(column: Column, text: str) -> None:
    """The same value as a cell and as a request: both accept it alike, or both name the rule."""
    row = GOOD | {column.name: text}
    verdict = judge(row)
    request = {c.name: as_json(c, row[c.name]) for c in CONTRACT.columns}
    try:
        expected = CONTRACT.parse([request])[column.name][0]
    except ContractError as error:
        (violation,) = error.violations
        assert verdict.reasons == {f"{column.name}: expected {violation.expected}": 1}
    else:
        assert verdict.reasons == {}
        got = verdict.accepted[column.name][0]
        missing = expected == "" or expected != expected
        assert got is None if missing else got == expected


def test_every_rule_that_a_row_breaks_is_named_with_what_was_got() -> None:
    verdict = judge(GOOD | {"age": "old", "plan": "", "outcome": "perhaps"})
    (reason,) = verdict.rejected["reject_reason"]
    assert reason.split("; ") == [
        "age: got 'old', expected a whole number from 0 to 120",
        "plan: got nothing, expected one of 'a', 'b'",
        "outcome: got 'perhaps', expected 'yes' or 'no'",
    ]


def test_of_one_id_the_first_good_row_is_kept() -> None:
    broken, first, second = (GOOD | {"age": a} for a in ("x", "1", "2"))
    verdict = judge(broken, first, second)
    assert verdict.accepted["age"].to_list() == [1.0]
    assert verdict.rejected["reject_row"].to_list() == [2, 4]
    assert "id: got '1' again" in verdict.rejected["reject_reason"][1]


def test_a_row_without_an_id_is_rejected() -> None:
    assert judge(GOOD, GOOD | {"id": " "}).reasons == {"id: expected an id": 1}


def test_lines_too_long_or_too_short_are_rejected_and_blank_lines_are_none() -> None:
    good = ",".join(GOOD.values())
    other = good.replace("1,", "2,", 1)
    lines = f"{HEADER}\n{good},9,9\n\n1,40\n{other}\n\n"
    verdict = validate(lines.encode(), CONTRACT, None, where="here")
    assert verdict.accepted["id"].to_list() == ["2"]
    assert verdict.rejected["reject_row"].to_list() == [2, 4]
    assert verdict.rejected["reject_reason"][0].startswith("line: got '9' more")


def test_a_byte_order_mark_and_windows_line_ends_are_read() -> None:
    data = b"\xef\xbb\xbf" + f"{HEADER}\r\n{','.join(GOOD.values())}\r\n".encode()
    assert validate(data, CONTRACT, None, where="here").accepted.height == 1


def test_the_event_time_is_a_time() -> None:
    times = ["2026-02-28T10:00:00+01:00", "2026-02-28 10:00", "2026-02-30", "yesterday", ""]
    rows = [f"{i},{','.join(list(GOOD.values())[1:])},{t}" for i, t in enumerate(times)]
    data = "\n".join([f"{HEADER},seen", *rows]).encode()
    verdict = validate(data, CONTRACT, "seen", where="here")
    read = [datetime(2026, 2, 28, hour, tzinfo=UTC) for hour in (9, 10)]
    assert verdict.accepted["seen"].to_list() == read
    assert verdict.reasons == {"seen: expected an ISO 8601 date or time": 3}


@pytest.mark.parametrize(
    ("data", "error", "says"),
    [
        (b"", EmptyFile, "an empty file"),
        (b" \n ", EmptyFile, "an empty file"),
        (HEADER.encode() + b"\n\n", EmptyFile, "a header and no rows"),
        (b"id,age\n1,2\n", HeaderRefused, r"missing \['weight', 'plan'"),
        (HEADER.encode() + b",more\n", HeaderRefused, r"unknown \['more'\]"),
        (HEADER.encode() + b",age\n", HeaderRefused, r"twice \['age'\]"),
        (b"\x1f\x8b\x08 zipped", UnreadableFile, "utf-8"),
        (HEADER.encode() + b"\n1,40,7,\xff,x,true,yes\n", UnreadableFile, "utf-8"),
    ],
)
def test_a_file_that_is_no_table_is_refused_whole(
    data: bytes, error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says) as raised:
        validate(data, CONTRACT, None, where="s3://b/raw/demo/x.csv")
    assert "at s3://b/raw/demo/x.csv" in str(raised.value)
    assert "; expected " in str(raised.value)


def test_a_broken_quote_is_refused_without_showing_the_value() -> None:
    """The message goes into logs; the value may be personal."""
    with pytest.raises(UnreadableFile) as raised:
        validate(f'{HEADER}\n1,40,"secret\n'.encode(), CONTRACT, None, where="here")
    assert "secret" not in str(raised.value)


def test_the_same_rows_are_the_same_bytes() -> None:
    rows = [GOOD | {"id": str(i), "weight": "" if i % 2 else "1.5"} for i in range(500)]
    assert to_parquet(judge(*rows).accepted) == to_parquet(judge(*rows).accepted)


def test_numbers_that_are_missing_are_null_not_nan() -> None:
    accepted = judge(GOOD | {"weight": ""}).accepted
    assert accepted["weight"][0] is None
    assert not any(math.isnan(v) for v in accepted["age"])
