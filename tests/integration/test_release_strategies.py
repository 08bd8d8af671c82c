"""linear, all_at_once and shadow: what each asks of the release beyond the canary."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import release_world
from release_world import CANARY, FEATURES, PREPARE, World, canary, champion, end, first, right

from functions.release import replay
from functions.release.errors import ReplayFailed

SHADOW = {"strategy": "shadow", "shadow": {"requests": 60, "hours": 24, "max_disagreement": 0.05}}


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    yield from release_world.made(tmp_path, monkeypatch)


def test_linear_goes_in_steps_and_takes_all_their_time(world: World) -> None:
    first(world)
    world.deploy(FEATURES, strategy="linear", canary=CANARY | {"percent": 25, "minutes": 2})
    state = canary(world)
    old, new = state["plan"]["alias_version"], state["publish"]["version"]
    assert state["start"]["checks_total"] == 12
    for version in (old, new):
        world.traffic(version, [i / 40 for i in range(40)])
    state = world.run(state, "judge")
    end(world, state, new, "Succeeded")
    assert world.run(state, "settle")["settle"]["percent_steps"] == [25, 50, 75, 100]


def test_a_linear_shift_that_is_taken_back_says_how_far_it_had_come(world: World) -> None:
    first(world)
    world.deploy(FEATURES, strategy="linear", canary=CANARY | {"percent": 25, "minutes": 2})
    state = canary(world)
    old, new = state["plan"]["alias_version"], state["publish"]["version"]
    world.traffic(old, [0.1] * 40)
    for _ in range(4):  # two minutes: the second step has begun
        state = world.run(state, "judge")
    world.traffic(new, [0.9] * 40)
    state = world.run(state, "judge")
    assert state["judge"]["verdict"] == "bad"
    end(world, state, old, "Stopped")
    assert world.run(state, "settle")["settle"]["percent_steps"] == [25, 50, 0]


def test_all_at_once_is_promoted_after_its_golden_requests(world: World) -> None:
    old = first(world)["publish"]["version"]
    world.deploy(FEATURES, strategy="all_at_once")
    begun = {"reason": "model", "model_package_arn": world.model("m2")}
    state = world.run(begun, *PREPARE)
    assert state["plan"]["at_once"] is True
    state = world.run(state, "promote", "settle", "record")
    assert state["settle"]["percent_steps"] == [100]
    previous = champion(world, "previous")
    assert previous is not None
    assert previous["version"] == old


def shadowed(world: World, **serving: Any) -> dict[str, Any]:
    first(world)
    world.deploy(FEATURES, **(SHADOW | serving))
    begun = {"reason": "model", "model_package_arn": world.model("m2")}
    return world.run(begun, *PREPARE)


def recorded(world: World, version: str, count: int) -> None:
    rows = [{"a": i / 10, "prediction_id": f"p{i}"} for i in range(count)]
    world.records(version, rows)


def by_version(new: str, other: Any) -> Any:
    """The champion answers by its golden answers; the new version as `other` does."""

    def answer(version: str, request: dict[str, Any]) -> Any:
        said = other(request) if version == new else right(version, request)
        for prediction in said.get("predictions", ()) if isinstance(said, dict) else ():
            prediction.setdefault("label", "yes" if prediction["score"] > 0.3 else "no")
        return said

    return answer


def test_what_the_champion_was_asked_is_asked_of_both(world: World) -> None:
    state = shadowed(world)
    old, new = state["plan"]["alias_version"], state["publish"]["version"]
    recorded(world, old, 100)
    asked: list[tuple[str, float]] = []

    def same(request: dict[str, Any]) -> dict[str, Any]:
        asked.append((new, request["instances"][0]["a"]))
        return right(new, request)

    world.function.answer = by_version(new, same)
    found = world.run(state, "replay")["replay"]
    assert (found["source"], found["rows"], found["disagreement"]) == ("recorded", 60, 0.0)
    assert asked == [(new, i / 10) for i in range(40, 100)], "the newest sixty"
    assert found["samples"] == {"champion": 60, "canary": 60}


def test_other_labels_than_the_champions_fail_the_shadow(world: World) -> None:
    state = shadowed(world)
    new = state["publish"]["version"]
    recorded(world, state["plan"]["alias_version"], 100)
    world.function.answer = by_version(
        new,
        lambda r: {"predictions": [{"score": 0.31 if r["instances"][0]["a"] > 9.6 else 0.1}]},
    )
    with pytest.raises(ReplayFailed, match="of 60 labels differ"):
        world.run(state, "replay")


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (lambda r: {"predictions": [{"score": 0.99, "label": "yes"}]}, "differ"),
        (lambda r: RuntimeError("it broke"), "60 labels differ"),
        (lambda r: {"error": {"status": 400, "message": "no"}}, "labels differ"),
    ],
)
def test_whatever_is_worse_than_the_champion_fails_the_shadow(
    world: World, other: Any, why: str
) -> None:
    state = shadowed(world)
    recorded(world, state["plan"]["alias_version"], 100)
    world.function.answer = by_version(state["publish"]["version"], other)
    with pytest.raises(ReplayFailed, match=why):
        world.run(state, "replay")


def test_masked_columns_are_replaced_by_rows_that_nobody_ever_was(world: World) -> None:
    state = shadowed(world)
    recorded(world, state["plan"]["alias_version"], 100)
    world.deploy(FEATURES, personal=True, **SHADOW)
    asked: list[float] = []

    def same(request: dict[str, Any]) -> dict[str, Any]:
        asked.append(request["instances"][0]["a"])
        return right("", request)

    new = state["publish"]["version"]
    world.function.answer = by_version(new, same)
    found = world.run(state, "replay")["replay"]
    assert (found["source"], found["rows"]) == ("synthetic", 60)
    assert set(asked) == {1, 2}, "the golden requests' values"


def test_booleans_are_asked_as_they_were_and_missing_values_stay_missing() -> None:
    columns = [{"name": "b", "type": "boolean"}, {"name": "n", "type": "int"}]
    assert replay.instance({"b": 1.0, "n": 3.0, "score": 1}, columns) == {"b": True, "n": 3.0}
    assert replay.instance({"b": None, "n": None}, columns) == {"b": None, "n": None}


def test_mixed_rows_are_of_known_values_and_the_same_each_time() -> None:
    known = [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}, {"a": 3, "b": "z"}]
    rows = replay.mixed(known, ["a", "b"], 50)
    assert rows == replay.mixed(known, ["a", "b"], 50)
    assert {row["a"] for row in rows} == {1, 2, 3}
    assert any((row["a"], row["b"]) not in ((1, "x"), (2, "y"), (3, "z")) for row in rows)
