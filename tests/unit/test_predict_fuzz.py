"""Whatever is sent, the handler answers: predictions, or a 4xx that says what is wrong and where.

1,200 requests at each run, always the same ones; PENSTOCK_FUZZ=10000 makes as many others.
"""

import base64
import json
import math
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.configuration import set_hypothesis_home_dir

from functions.predict.capture import Capture
from functions.predict.predictor import Predictor
from penstock import record
from penstock.contract import Column, Columns, Contract, TargetRule

set_hypothesis_home_dir(Path(__file__).resolve().parents[2] / ".penstock" / "cache" / "hypothesis")
WANTED = int(os.environ.get("PENSTOCK_FUZZ", "0"))
FUZZ = settings(
    max_examples=(WANTED or 1200) // 4,  # shared by the four tests
    derandomize=not WANTED,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
SECRET = "Jane-Doe-555"
CONTRACT = Contract(
    usecase="triage",
    row_id="patient",
    columns=(
        Column("radius", "float", 0.0, 100.0),
        Column("weight", "float"),
        Column("count", "int", 0, 9, nullable=True),
        Column("site", "category", values=("left", "right"), nullable=True),
        Column("smoker", "boolean"),
        Column("phone", "category", values=(SECRET, f"{SECRET}-2"), nullable=True, personal=True),
        Column("age", "int", 0, 120, personal=True),
        Column("diary", "text", max_length=40, nullable=True, personal=True),
    ),
    target=TargetRule("diagnosis", "M", "B"),
    threshold=0.5,
)
RULE = CONTRACT.columns[5].expected  # the contract itself may be said
GOOD: dict[str, Any] = {
    "radius": 20.0, "weight": -1, "count": 3, "site": "left", "smoker": True, "phone": SECRET,
    "age": 41, "diary": f"I am {SECRET}", "patient": "p-1",
}  # fmt: skip
CONTEXT = SimpleNamespace(
    invoked_function_arn="arn:aws:lambda:us-east-1:123456789012:function:predict:live",
    function_version="7",
)


class Scorer:
    """The model is not what is fuzzed; its answer hangs on the columns being what they say."""

    contract = CONTRACT

    def score(self, columns: Columns) -> npt.NDArray[np.float64]:
        assert set(columns) == {c.name for c in CONTRACT.columns}
        assert np.isfinite(columns["radius"]).all()
        return columns["radius"] / 100

    def label(self, score: float) -> str:
        return "M" if score >= CONTRACT.threshold else "B"


def asked(event: Any) -> tuple[dict[str, Any], str]:
    """The answer as it leaves, and what was printed."""
    printed: list[str] = []
    model = {"model_package": "arn:package/7", "dataset_version": "d1"}
    scorer: Any = Scorer()
    capture = Capture(CONTRACT, "dev", 1.0, model, b"0123456789abcdef")
    said = Predictor(scorer, capture, model, printed.append).answer(event, CONTEXT)
    assert len(json.dumps(said, allow_nan=False)) < 6 * 1024 * 1024  # what Lambda would carry
    return said, "".join(printed)


def check(event: Any) -> dict[str, Any]:
    """The property: an answer, and nothing of a person in the log."""
    said, printed = asked(event)
    assert SECRET not in printed.replace(RULE, "")
    for line in printed.splitlines():
        known = set(record.RECORD_FIELDS) | {c.name for c in CONTRACT.columns} | {"alias", "_aws"}
        assert set(json.loads(line)) <= known
    if "statusCode" in said:
        status, said = said["statusCode"], json.loads(said["body"])
        assert status == said["error"]["status"] if "error" in said else status == 200
    if "error" not in said:
        assert all(p["id"] and 0 <= p["score"] <= 1 for p in said["predictions"])
        return said
    assert said["error"]["status"] == 400
    assert said["error"]["violations"]
    for found in said["error"]["violations"]:
        assert set(found) == {"row", "field", "expected", "got"}
        assert found["expected"]
        assert found["got"]
        assert len(found["field"]) <= 80
        assert found["row"] is None or found["row"] >= 0
    assert json.loads(printed.splitlines()[0])["refused"] is True
    return said


def deep(depth: int) -> Any:
    """Lists in lists, built as the JSON parser builds them: without recursion of ours."""
    made: Any = []
    for _ in range(depth):
        made = [made]
    return made


# fmt: off
nasty: st.SearchStrategy[Any] = st.sampled_from([
    None, True, False, 0, -1, 1.5, 1e300, -1e308, 10**400, math.nan, math.inf, -math.inf, -0.0,
    "", "left", "LEFT", "41", SECRET, f"{SECRET}-3", "\x00", "\ud800", "x" * 5000, [], {}, [[]],
])
# fmt: on
depths = st.sampled_from([5, 500, 940, 980, 5000]).map(deep)
text = st.text(st.characters(), max_size=20)
anything = st.recursive(
    nasty | st.integers() | st.floats() | text | depths,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4),
    max_leaves=8,
)
names = (
    st.sampled_from([*GOOD, SECRET, "instances", "columns", "explain", "", "x" * 100_000]) | text
)
changes = st.dictionaries(names, anything, max_size=4)
absent = st.sets(st.sampled_from(sorted(GOOD)), max_size=2)
rows = st.builds(
    lambda changed, without: {n: v for n, v in (GOOD | changed).items() if n not in without},
    changes, absent,
)  # fmt: skip
instances = st.lists(rows | st.just(GOOD) | anything, max_size=5)
columns = st.builds(
    lambda changed, size: {n: [v] * size for n, v in GOOD.items()} | changed,
    st.dictionaries(names, anything | st.lists(anything, max_size=4), max_size=3),
    st.integers(0, 4),
)
requests = st.one_of(
    st.builds(lambda some: {"instances": some}, instances | anything),
    st.builds(lambda some: {"columns": some}, columns | anything),
    st.builds(
        lambda some, wish: {"instances": some, "explain": wish},
        st.just([GOOD]) | instances,
        st.booleans() | anything,
    ),
    st.builds(
        lambda a, b, more: {"instances": a, "columns": b} | more, instances, columns, changes
    ),
    anything,
)


@FUZZ
@given(requests)
def test_any_json_is_answered_and_what_is_wrong_is_named(event: Any) -> None:
    check(event)


def as_text(value: Any) -> str:
    """JSON, also of what is nested deeper than Python writes."""
    try:
        return json.dumps(value)
    except (RecursionError, ValueError):
        return '{"instances":' + "[" * 5000 + "]" * 5000 + "}"


@FUZZ
@given(
    requests.map(as_text) | text,
    st.booleans() | anything,
    st.sampled_from([{}, {"version": "2.0"}]),
)
def test_any_body_of_the_url_is_answered(body: str, encoded: Any, more: dict[str, Any]) -> None:
    sent = base64.b64encode(body.encode("utf-8", "replace")).decode() if encoded is True else body
    check({"requestContext": {}, "body": sent, "isBase64Encoded": encoded} | more)


@FUZZ
@given(st.dictionaries(st.sampled_from(["body", "isBase64Encoded", "instances"]), anything))
def test_an_event_that_only_looks_like_the_urls_is_answered(event: dict[str, Any]) -> None:
    check({"requestContext": None} | event)


@FUZZ
@given(st.sampled_from([c.name for c in CONTRACT.columns]), anything, st.integers(0, 3))
def test_a_wrong_value_is_named_by_its_row_and_field(field: str, value: Any, at: int) -> None:
    sent = [GOOD, GOOD, GOOD, GOOD]
    sent[at] = GOOD | {field: value}
    for event in (
        {"instances": sent},
        {"columns": {name: [row[name] for row in sent] for name in GOOD}},
    ):
        said = check(event)
        if "error" in said:
            assert [(v["field"], v["row"]) for v in said["error"]["violations"]] == [(field, at)]


@pytest.mark.parametrize("form", ["instances", "columns"])
def test_a_field_with_a_name_of_megabytes_is_refused_in_an_answer_that_lambda_carries(
    form: str,
) -> None:
    name = "x" * 5_900_000
    event = {"instances": [{name: 1}]} if form == "instances" else {"columns": {name: [1]}}
    assert check(event)["error"]["status"] == 400
