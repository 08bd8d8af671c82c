"""The drawing of a state machine, what happened in its states, and lists of bounded length."""

from __future__ import annotations

import json
from typing import Any

import pytest

from localcloud.page import bounded, visits
from localcloud.page.graph import drawing
from localcloud.page.layers import Layers

Box = dict[str, Any]


def passes(*names: str, **more: Any) -> dict[str, Any]:
    """One Pass state after the other."""
    states: dict[str, Any] = {}
    for name, following in zip(names, [*names[1:], None], strict=True):
        states[name] = {"Type": "Pass", **({"Next": following} if following else {"End": True})}
    return {"StartAt": names[0], "States": {**states, **more}}


BRANCHED = {
    "StartAt": "Choose",
    "States": {
        "Choose": {
            "Type": "Choice",
            "Choices": [{"Next": "Left"}, {"Next": "Both"}],
            "Default": "Each",
        },
        "Left": {"Type": "Wait", "Next": "Again"},
        "Again": {"Type": "Pass", "Next": "Choose"},
        "Both": {
            "Type": "Parallel",
            "Branches": [passes("a", "b"), passes("c")],
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Broken"}],
            "Next": "Done",
        },
        "Each": {"Type": "Map", "ItemProcessor": passes("one item"), "Next": "Done"},
        "Done": {"Type": "Succeed"},
        "Broken": {"Type": "Fail"},
    },
}


def drawn(definition: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Box]]:
    made = drawing(json.dumps(definition))
    return made, {node["name"] or node["type"]: node for node in made["nodes"]}


def sides(box: Box) -> tuple[float, float, float, float]:
    return box["x"] - box["w"] / 2, box["x"] + box["w"] / 2, box["y"], box["y"] + box["h"]


def inside(inner: Box, outer: Box) -> bool:
    (a, b, c, d), (e, f, g, h) = sides(inner), sides(outer)
    return e < a and b < f and g < c and d < h


def apart(one: Box, other: Box) -> bool:
    (a, b, c, d), (e, f, g, h) = sides(one), sides(other)
    return b <= e or f <= a or d <= g or h <= c


def test_every_state_is_drawn_within_the_drawing_and_none_on_another() -> None:
    made, boxes = drawn(BRANCHED)
    outer = ["Choose", "Left", "Again", "Both", "Each", "Done", "Broken", "Start", "End"]
    assert set(boxes) == {*outer, "a", "b", "c", "one item"}
    for i, name in enumerate(outer):
        left, right, top, bottom = sides(boxes[name])
        assert -made["width"] / 2 <= left < right <= made["width"] / 2
        assert 0 <= top < bottom <= made["height"]
        assert all(apart(boxes[name], boxes[other]) for other in outer[i + 1 :])


def test_what_is_nested_lies_inside_its_box_and_branches_lie_side_by_side() -> None:
    _, boxes = drawn(BRANCHED)
    assert all(inside(boxes[name], boxes["Both"]) for name in "abc")
    assert inside(boxes["one item"], boxes["Each"])
    assert apart(boxes["b"], boxes["c"])
    assert boxes["a"]["y"] < boxes["b"]["y"]


def test_every_edge_goes_from_its_state_to_its_state() -> None:
    made, boxes = drawn(BRANCHED)
    known = {(e["from"], e["to"]): e for e in made["edges"]}
    assert known["Both", "Broken"]["kind"] == "catch"
    assert known["Choose", "Each"]["kind"] == "default"
    for (a, b), edge in known.items():
        if edge["back"] or not a or not b:
            continue
        start, end = edge["points"][0], edge["points"][-1]
        assert start == pytest.approx([boxes[a]["x"], boxes[a]["y"] + boxes[a]["h"]], abs=0.2)
        assert end == pytest.approx([boxes[b]["x"], boxes[b]["y"]], abs=0.2)


def test_a_loop_runs_beside_the_boxes() -> None:
    made, boxes = drawn(BRANCHED)
    (back,) = [edge for edge in made["edges"] if edge["back"]]
    assert (back["from"], back["to"]) == ("Again", "Choose")
    lane = back["points"][1][0]
    assert all(not sides(b)[0] <= lane <= sides(b)[1] for b in boxes.values())


def test_states_in_a_row_stand_under_each_other() -> None:
    _, boxes = drawn(passes("first", "a much longer name", "last"))
    assert len({box["x"] for box in boxes.values()}) == 1


def test_a_state_that_leads_to_itself_and_one_that_nobody_reaches_are_drawn() -> None:
    loop = {"Type": "Choice", "Choices": [{"Next": "loop"}], "Default": "end"}
    definition = passes("end", lonely={"Type": "Pass", "End": True}, loop=loop)
    made, boxes = drawn({**definition, "StartAt": "loop"})
    assert {"lonely", "loop", "end"} <= set(boxes)
    assert [e["from"] for e in made["edges"] if e["back"]] == ["loop"]


def test_hundreds_of_states_with_long_edges_are_drawn() -> None:
    names = [f"s{i}" for i in range(300)]
    definition = passes(*names)
    for name in names[:-1]:
        definition["States"][name]["Catch"] = [{"Next": names[-1]}]
    _, boxes = drawn(definition)
    assert len(boxes) == 302


def test_ranks_follow_the_longest_way() -> None:
    layers = Layers({"a": ["b", "d"], "b": ["c"], "c": ["d"], "d": ["a"]}, "a")
    assert layers.rank == {"a": 0, "b": 1, "c": 2, "d": 3}
    assert layers.back == {("d", "a")}


def history(*kinds: str | tuple[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Events in a row, each after the one before; the details under AWS's kind of name."""
    events: list[dict[str, Any]] = []
    for each in kinds:
        kind, details = each if isinstance(each, tuple) else (each, {})
        event = {"id": len(events) + 1, "previousEventId": len(events), "type": kind}
        events.append({**event, "timestamp": "2026-01-01T00:00:00Z", "xEventDetails": details})
    return events


ENTER = ("TaskStateEntered", {"name": "T", "input": "{}"})
FAULT = ("LambdaFunctionFailed", {"error": "ValueError", "cause": "no"})
LEAVE = ("TaskStateExited", {"name": "T", "output": "1"})


@pytest.mark.parametrize(
    ("kinds", "execution", "status", "errors"),
    [
        ([ENTER], "RUNNING", "running", 0),
        ([ENTER, "TaskScheduled", "TaskSucceeded", LEAVE], "RUNNING", "succeeded", 0),
        ([ENTER, FAULT, "LambdaFunctionScheduled", LEAVE], "RUNNING", "succeeded", 1),
        ([ENTER, FAULT, LEAVE], "RUNNING", "caught", 1),
        ([ENTER, FAULT], "RUNNING", "running", 1),
        ([ENTER, FAULT, ("ExecutionFailed", {"error": "ValueError"})], "FAILED", "failed", 1),
        ([ENTER, ("ExecutionFailed", {"error": "States.Runtime"})], "FAILED", "failed", 1),
        ([ENTER, "TaskScheduled"], "ABORTED", "aborted", 0),
    ],
)
def test_a_state_is_coloured_by_what_happened(
    kinds: list[Any], execution: str, status: str, errors: int
) -> None:
    (visit,) = visits.visits(history("ExecutionStarted", *kinds))
    assert visits.summary([visit], execution) == {
        "status": status, "visits": 1, "errors": errors,
    }  # fmt: skip


def test_events_of_branches_that_run_at_the_same_time_are_kept_apart() -> None:
    events = [
        {"id": 1, "previousEventId": 0, "type": "ParallelStateEntered", "d": {"name": "P"}},
        {"id": 2, "previousEventId": 1, "type": "ParallelStateStarted", "d": {}},
        {"id": 3, "previousEventId": 2, "type": "TaskStateEntered", "d": {"name": "x"}},
        {"id": 4, "previousEventId": 2, "type": "PassStateEntered", "d": {"name": "y"}},
        {"id": 5, "previousEventId": 3, "type": "TaskFailed", "d": {"error": "E"}},
        {"id": 6, "previousEventId": 4, "type": "PassStateExited", "d": {"output": "2"}},
        {"id": 7, "previousEventId": 2, "type": "ParallelStateFailed", "d": {}},
        {"id": 8, "previousEventId": 7, "type": "ExecutionFailed", "d": {"error": "E"}},
    ]
    told = [{**e, "timestamp": 0, "sEventDetails": e["d"]} for e in events]
    found = {visit.name: visit for visit in visits.visits(told)}
    assert {name: visit.status("FAILED") for name, visit in found.items()} == {
        "P": "failed", "x": "failed", "y": "succeeded",
    }  # fmt: skip
    assert found["y"].output == "2"
    assert [error["error"] for error in found["x"].errors] == ["E"]


def test_a_long_list_is_cut_to_its_newest_and_says_so() -> None:
    records = [{"n": i, "at": f"2026-01-01T00:{i // 60:02}:{i % 60:02}Z"} for i in range(1000)]
    found = bounded.newest(records, lambda r: r["at"], dict, most=3)
    assert [item["n"] for item in found["items"]] == [999, 998, 997]
    assert found["left_out"] == 997


def test_a_long_payload_is_cut_and_says_so() -> None:
    assert bounded.text("x" * 10) == "x" * 10
    cut = bounded.text("x" * 200_000) or ""
    assert len(cut) < 70_000
    assert "characters are left out" in cut
