"""How batch transform cuts objects into requests, and what its filters select."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from localcloud.sagemaker.transform import json_path
from localcloud.sagemaker.transform.payloads import BadData, Plan

LINES = Plan.of(
    {
        "TransformInput": {"ContentType": "text/csv", "SplitType": "Line"},
        "TransformOutput": {"Accept": "text/csv", "AssembleWith": "Line"},
    }
)


def test_as_many_records_as_fit_go_into_a_request() -> None:
    """With their line ends; a record alone may be as large as the limit."""
    plan = replace(LINES, most_bytes=8)
    assert list(plan.batches(b"aaa\nbbb\nccc\ndddddddd\n")) == [
        [b"aaa", b"bbb"],
        [b"ccc"],
        [b"dddddddd"],
    ]
    assert plan.body([b"aaa", b"bbb"]) == b"aaa\nbbb"
    with pytest.raises(BadData, match="larger than MaxPayloadInMB"):
        list(plan.batches(b"aaa\nddddddddd"))


def test_an_object_that_is_not_split_is_one_request() -> None:
    """As it is; an empty one is none; without a limit any size will do."""
    plan = replace(LINES, split=False, most_bytes=0)
    assert list(plan.batches(b"a\nb\n")) == [[b"a\nb\n"]]
    assert list(plan.batches(b"")) == []
    assert list(LINES.batches(b"a\n\nb")) == [[b"a", b"", b"b"]]


def test_an_answer_must_have_one_record_for_each() -> None:
    """Else nothing could be joined."""
    plan = replace(LINES, joined=True)
    assert plan.result([b"1,2", b"3,4"], b"x\ny\n") == b"1,2,x\n3,4,y\n"
    with pytest.raises(BadData, match="1 records for 2"):
        plan.result([b"1", b"2"], b"x")


def test_json_that_is_no_object_becomes_one() -> None:
    """Under SageMakerInput and SageMakerOutput."""
    kind = "application/json"
    plan = replace(LINES, content_type=kind, accept=kind, joined=True, split=False, assemble=False)
    assert plan.result([b"[1]"], b"2") == b'{"SageMakerInput": [1], "SageMakerOutput": 2}'


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("$", {"a": 1}, {"a": 1}),
        ("$.a.b", {"a": {"b": 2}}, 2),
        ("$['a','c']", {"a": 1, "b": 2, "c": 3}, {"a": 1, "c": 3}),
        ("$['a']", {"a": 1}, 1),
        ("$[0]", [1, 2], 1),
        ("$[0,2:]", [1, 2, 3, 4], [1, 3, 4]),
        ("$[1:]", [1, 2, 3], [2, 3]),
        ("$[0,-1]", [1, 2, 3], [1, 3]),
        ("$.a[*]", {"a": [1, 2]}, [1, 2]),
    ],
)
def test_the_documented_operators_select(path: str, value: Any, expected: Any) -> None:
    """One name or index gives the value, several an object or an array."""
    assert json_path.select(path, value) == expected


@pytest.mark.parametrize("path", ["a", "$..a", "$[?(@.a)]", "$[1:2:3]", "$[", "$[-]"])
def test_other_operators_are_refused(path: str) -> None:
    """Before a job is started with them."""
    with pytest.raises(json_path.PathError):
        json_path.parse(path)


@pytest.mark.parametrize("path", ["$.b", "$[5]", "$['a','b']"])
def test_a_path_that_leads_to_nothing_is_an_error(path: str) -> None:
    """As AWS documents it for indexes out of range."""
    with pytest.raises(json_path.PathError):
        json_path.select(path, {"a": 1})
