"""The pictures show what the numbers say."""

import re

from cli.demo.plots import drift, gates, road, svg, traffic


def boxes(picture: str, kind: str) -> list[tuple[float, float]]:
    """(x, width) of the rectangles of a class."""
    found = re.findall(
        r'<rect x="([\d.]+)" y="[^"]+" width="([\d.]+)"[^>]*class="([^"]+)"', picture
    )
    return [(float(x), float(width)) for x, width, name in found if name == kind]


def test_attributes_and_text_are_escaped() -> None:
    """Labels come from data."""
    assert str(svg.tag("text", "<b>", class_='"x"')) == (
        '<text class="&#34;x&#34;">&lt;b&gt;</text>'
    )


def test_ticks_are_round_and_within() -> None:
    assert svg.ticks(64) == [0, 10, 20, 30, 40, 50, 60]


def test_a_bar_of_the_road_is_as_long_as_its_time() -> None:
    """Twice the time is twice the width, and a bad one is marked."""
    spans = [
        {"lane": "train", "title": "a", "start": 0, "end": 10, "state": "ok"},
        {"lane": "train", "title": "b", "start": 20, "end": 40, "state": "bad"},
    ]
    picture = road.road(["train"], spans, [])
    (ok,), (bad,) = boxes(picture, "span ok"), boxes(picture, "span bad")
    assert round(bad[1] / ok[1], 2) == 2.0
    assert ok[0] < bad[0]


def test_a_gate_is_open_on_the_right_of_a_minimum() -> None:
    """The candidate's dot lies in the open part exactly if it passes."""
    passed = {"metric": "m", "value": 0.98, "min": 0.95, "max": None, "champion": None}
    for value, inside in ((0.98, True), (0.90, False)):
        picture = gates.gate(passed | {"value": value, "passed": inside})
        ((left, width),) = boxes(picture, "open")
        (dot,) = re.findall(r'<circle cx="([\d.]+)"', picture)
        assert (left <= float(dot) <= left + width) is inside


def test_a_canary_of_a_tenth_covers_a_tenth() -> None:
    """The bar's height is the share of the requests."""
    picture = traffic.shares([{"at": 1.0, "counts": {"1": 9, "2": 1}}], "1", "2")
    old, new = re.findall(r'height="([\d.]+)" class="(?:old|new)"', picture)
    assert round(float(old) / float(new), 1) == 9.0


def test_scores_at_the_ends_are_counted() -> None:
    """0 and 1 are scores, and lie in the first and the last bin."""
    assert traffic._histogram([0.0, 1.0], 4) == [0.5, 0, 0, 0.5]


def test_a_feature_that_drifted_is_marked() -> None:
    columns = [
        {"name": "a", "shift": 0.5, "drifted": True},
        {"name": "b", "shift": 0.1, "drifted": False},
    ]
    picture = drift.ranking(columns, 0.25)
    assert len(boxes(picture, "move bad")) == len(boxes(picture, "move")) == 1
