"""Back at once, and staying there: what a person takes back comes again only by a person."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import release_world
from release_world import ME, World, canary, champion, end, first, history

from functions.release.errors import ArtifactRefused, StillMoving


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    yield from release_world.made(tmp_path, monkeypatch)


def second(world: World, name: str = "m2") -> dict[str, Any]:
    """Another model, promoted over a good canary."""
    state = canary(world, name)
    new = state["publish"]["version"]
    for version in (state["plan"]["alias_version"], new):
        world.traffic(version, [i / 40 for i in range(40)])
    state = world.run(state, "judge")
    end(world, state, new, "Succeeded")
    return world.run(state, "settle", "record", "unlock")


def back(world: World, **request: str) -> dict[str, Any]:
    begun = {"reason": "rollback", "by": "someone"} | request
    state = world.run(begun, "lock", "plan")
    way = ("restore", "settle") if state["plan"]["action"] == "rollback" else ()
    return world.run(state, *way, "record", "unlock")


def live(world: World) -> str:
    assert world.function.alias is not None
    assert "RoutingConfig" not in world.function.alias
    return str(world.function.alias["FunctionVersion"])


def test_the_predecessor_serves_again_and_what_left_is_no_predecessor(world: World) -> None:
    old = first(world)["publish"]["version"]
    new = second(world)["publish"]["version"]
    state = back(world, from_version=new)
    assert state["record"]["result"] == "restored"
    assert live(world) == old
    current = champion(world)
    assert current is not None
    assert (current["version"], current["training_job"]) == (old, "m1")
    assert champion(world, "previous") is None
    # its last answers are still under way; the next release deletes it
    assert sorted(world.function.versions) == [old, new]


def test_asked_twice_it_goes_back_once(world: World) -> None:
    old = first(world)["publish"]["version"]
    middle = second(world)["publish"]["version"]
    new = second(world, "m3")["publish"]["version"]
    assert back(world, from_version=new)["record"]["result"] == "restored"
    again = back(world, from_version=new)
    assert again["record"]["result"] == "nothing_to_release"
    assert again["record"]["why"] == f"version {new} is not the champion: {middle} is"
    assert live(world) == middle != old


def test_there_is_no_way_back_from_the_first_release(world: World) -> None:
    first(world)
    assert back(world)["record"]["why"] == "no predecessor is kept"


def test_neither_a_repeated_event_nor_a_stack_update_brings_it_again(world: World) -> None:
    first(world)
    state = second(world)
    back(world, from_version=state["publish"]["version"])
    event = {"reason": "model", "model_package_arn": state["model_package_arn"]}
    planned = world.run(event, "plan")["plan"]
    assert planned["action"] == "nothing_to_release"
    assert planned["why"].startswith("taken back at ")
    assert world.run({"reason": "code"}, "plan")["plan"]["why"].endswith(
        "already serves this code and model"
    )


def test_a_retraining_that_makes_the_same_model_does_not_bring_it_again(world: World) -> None:
    first(world)
    state = second(world)
    back(world, from_version=state["publish"]["version"])
    same = world.model("m2", lineage="of a later training")
    planned = world.run({"reason": "model", "model_package_arn": same}, "plan")["plan"]
    assert planned["action"] == "nothing_to_release"


def test_a_person_may_bring_it_again(world: World) -> None:
    first(world)
    state = second(world)
    back(world, from_version=state["publish"]["version"])
    asked = {"reason": "model", "model_package_arn": state["model_package_arn"], "by": "someone"}
    assert world.run(asked, "plan")["plan"]["action"] == "release"


def test_new_code_that_was_taken_back_waits_for_newer_code(world: World) -> None:
    first(world)
    world.function.configuration["MemorySize"] = 1024
    state = world.run({"reason": "code"}, "lock", "plan", "publish", "smoke", "promote", "settle")
    new = world.run(state, "record", "unlock")["publish"]["version"]
    back(world, from_version=new)
    assert world.run({"reason": "code"}, "plan")["plan"]["action"] == "nothing_to_release"
    world.function.configuration["MemorySize"] = 2048
    planned = world.run({"reason": "code"}, "plan")["plan"]
    assert planned["action"] == "release"
    assert planned["model"]["training_job"] == "m1"


def test_what_the_judge_took_back_does_not_come_again_by_an_event(world: World) -> None:
    old = first(world)["publish"]["version"]
    state = canary(world)
    world.traffic(old, [0.1] * 40)
    world.traffic(state["publish"]["version"], [0.9] * 40)
    state = world.run(state, "judge")
    end(world, state, old, "Stopped")
    world.run(state, "settle", "record", "unlock")
    event = {"reason": "model", "model_package_arn": state["model_package_arn"]}
    assert "scores differ" in world.run(event, "plan")["plan"]["why"]


def test_an_alias_that_did_not_move_is_no_roll_back(world: World) -> None:
    first(world)
    new = second(world)["publish"]["version"]
    state = world.run({"reason": "rollback", "from_version": new}, "lock", "plan")
    cause = json.dumps({"errorMessage": "denied"})
    state = world.run(state | {"error": {"Error": "E", "Cause": cause}}, "settle", "record")
    assert state["record"]["result"] == "failed"
    assert "denied" in state["record"]["why"]
    current = champion(world)
    assert current is not None
    assert (live(world), current["version"]) == (new, new)


def test_a_rollback_in_a_canary_breaks_it_off_and_goes_no_further(world: World) -> None:
    old = first(world)["publish"]["version"]
    new = canary(world)["publish"]["version"]
    asked = {"reason": "rollback", "from_version": new}
    with pytest.raises(StillMoving):
        world.run(asked, "plan")
    world.codedeploy.finish_rollbacks()
    state = world.run(asked, "plan", "record")
    assert state["record"]["result"] == "nothing_to_release"
    assert live(world) == old


def test_history_says_who_and_why(world: World) -> None:
    first(world)
    new = second(world)["publish"]["version"]
    world.clock += 60
    back(world, from_version=new, note="complaints from the ward")
    row = history(world)[-1]
    assert (row["by"], row["note"]) == ("someone", "complaints from the ward")
    assert (row["result"], row["reason"], row["strategy"]) == ("restored", "rollback", "canary")
    assert row["version"] == live(world)


def test_the_release_asked_for_last_is_done_and_an_earlier_one_ends(world: World) -> None:
    first(world)
    earlier = {"reason": "model", "model_package_arn": world.model("m2")}
    later = {"reason": "model", "model_package_arn": world.model("m3")}
    steps = release_world.STEPS
    one = world.release(ME + "1", started="2026-01-02T00:00:01Z")
    two = world.release(ME + "2", started="2026-01-02T00:00:02Z")
    steps["lock"](later, two)
    steps["unlock"](later, two)
    steps["lock"](earlier, one)  # it had waited, and gets the lock after the later one
    planned = steps["plan"](earlier, one)
    assert planned["action"] == "nothing_to_release"
    assert planned["why"] == "superseded by me2, which was asked for later"
    steps["unlock"](earlier, one)
    steps["lock"](later, two)
    assert steps["plan"](later, two)["action"] == "release"


def test_a_request_of_another_kind_supersedes_nothing(world: World) -> None:
    first(world)
    model = {"reason": "model", "model_package_arn": world.model("m2")}
    steps = release_world.STEPS
    one = world.release(ME + "1", started="2026-01-02T00:00:01Z")
    two = world.release(ME + "2", started="2026-01-02T00:00:02Z")
    steps["lock"]({"reason": "code"}, two)
    steps["unlock"]({"reason": "code"}, two)
    steps["lock"](model, one)
    assert steps["plan"](model, one)["action"] == "release"


def test_a_model_that_needs_a_column_the_contract_lacks_is_refused(world: World) -> None:
    arn = world.model("m1", columns=("a", "blood_type"))
    state = world.run({"reason": "model", "model_package_arn": arn}, "plan")
    with pytest.raises(ArtifactRefused, match="needs blood_type, which triage's contract has not"):
        world.run(state, "publish")
    assert world.function.code == b"the stack's own", "and the function is not touched"
