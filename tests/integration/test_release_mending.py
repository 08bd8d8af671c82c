"""The canary of a model that mends: the shift that was measured of it is allowed, no other is."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import release_world
from release_world import FEATURES, PREPARE, World, champion, first

from functions.release.errors import ReplayFailed
from penstock.mending import NONE, Mending

SHADOW = {"strategy": "shadow", "shadow": {"requests": 60, "hours": 24, "max_disagreement": 0.05}}
LOW = [i / 200 for i in range(60)]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    yield from release_world.made(tmp_path, monkeypatch)


def mends(world: World, of: str | None = None) -> str:
    """What evaluate writes of a model that is 0.6 above the champion, or above another one."""
    live = champion(world)
    assert live is not None
    return Mending(of or live["model_sha256"], up=0.6, down=0.0, labels=0.5).text


def judged(world: World, expected_shift: str, moved: float) -> dict[str, Any]:
    """The verdict of a canary whose scores lie so much above the champion's."""
    package = world.model("m2", expected_shift=expected_shift)
    begun = {"reason": "model", "model_package_arn": package}
    state = world.run(begun, *PREPARE, "start")
    world.traffic(state["plan"]["alias_version"], LOW)
    world.traffic(state["publish"]["version"], [score + moved for score in LOW])
    found: dict[str, Any] = world.run(state, "judge")["judge"]
    return found


def test_a_retraining_that_mends_a_large_shift_passes_its_canary(world: World) -> None:
    first(world)
    found = judged(world, mends(world), moved=0.25)
    assert found["ks"]["up"] > 0.8
    assert found["verdict"] == "good"


@pytest.mark.parametrize("shift", [NONE, "up=0.6000 down=0.0000 labels=0.5000 of=" + "e" * 64])
def test_one_of_which_nothing_was_measured_or_beside_another_champion_is_bad(
    world: World, shift: str
) -> None:
    first(world)
    found = judged(world, shift, moved=0.25)
    assert found["verdict"] == "bad"
    assert found["why"].startswith("scores differ")


def test_a_shift_the_other_way_is_bad_though_one_was_expected(world: World) -> None:
    first(world)
    assert judged(world, mends(world), moved=-0.25)["verdict"] == "bad"


def test_new_code_of_a_model_that_mended_may_shift_nothing(world: World) -> None:
    """It was expected of the model beside its predecessor, and the model is live now."""
    first(world)
    package = world.model("m2", expected_shift=mends(world))
    begun = {"reason": "model", "model_package_arn": package}
    world.run(begun, *PREPARE, "promote", "settle", "record", "unlock")
    world.function.configuration["MemorySize"] = 2048
    state = world.run({"reason": "code"}, "lock", "plan")
    assert state["plan"]["action"] == "release"
    assert "expected_shift" not in state["plan"]["model"]


@pytest.mark.parametrize("known", [True, False])
def test_a_shadow_allows_the_labels_that_were_expected_to_change(world: World, known: bool) -> None:
    """Half of the answers change beside the champion's, as evaluate had found."""
    first(world)
    world.deploy(FEATURES, **SHADOW)
    package = world.model("m2", expected_shift=mends(world) if known else NONE)
    begun = {"reason": "model", "model_package_arn": package}
    state = world.run(begun, *PREPARE)
    new = state["publish"]["version"]

    def answer(version: str, request: dict[str, Any]) -> dict[str, Any]:
        a = request["instances"][0]["a"]
        score = a / 100 + (0.5 if version == new and a % 2 else 0)
        return {"predictions": [{"score": score, "label": "yes" if score >= 0.5 else "no"}]}

    world.function.answer = answer
    world.records(
        state["plan"]["alias_version"], [{"a": i % 40, "prediction_id": f"p{i}"} for i in range(60)]
    )
    if known:
        assert world.run(state, "replay")["replay"]["disagreement"] == pytest.approx(0.5)
    else:
        with pytest.raises(ReplayFailed):
            world.run(state, "replay")
