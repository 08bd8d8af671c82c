"""A release after another mode of serving: the model stays, whoever answers is another."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import endpoint_world
import pytest
import release_world
from endpoint_world import EndpointWorld
from release_world import PREPARE, World, canary, champion, first

from functions.release import table

OF_AN_ENDPOINT = "penstock-dev-triage-0a1b2c3d-261121152701"
CODE = {"reason": "code"}


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    yield from release_world.made(tmp_path, monkeypatch)


def served_by_an_endpoint(world: World) -> None:
    """The champion's row as an endpoint's release left it; the function is the stack's new one."""
    world.model("m1")
    first(world)
    put(world, "current", OF_AN_ENDPOINT)
    world.function.versions.clear()
    world.function.publish_version("predict")
    world.function.move("3")
    world.function.answer = answers


def put(world: World, which: str, version: str) -> None:
    row = champion(world)
    assert row is not None
    row |= {"sk": which, "version": version}
    world.aws.dynamodb.put_item(TableName="table", Item=table.encode(row))


def answers(version: str, request: dict[str, Any]) -> dict[str, Any]:
    """As predict: version 3 has no model."""
    if version == "3":
        return {"error": {"status": 503}}
    return release_world.right(version, request)


def test_the_champions_model_comes_at_once_where_nothing_answers(world: World) -> None:
    """A canary would leave nine requests in ten to a version without a model."""
    served_by_an_endpoint(world)
    state = world.run(CODE, *PREPARE)
    assert (state["plan"]["action"], state["plan"]["at_once"]) == ("release", True)
    assert state["plan"]["model"]["training_job"] == "m1"
    state = world.run(state, "promote", "settle", "record", "unlock")
    assert (state["record"]["result"], state["settle"]["percent_steps"]) == ("promoted", [100])
    previous = champion(world, "previous")
    assert previous is not None
    assert previous["version"] == OF_AN_ENDPOINT


def test_what_was_taken_back_comes_again_where_nothing_answers(world: World) -> None:
    """The code that answered in its place went with the other mode; its model is the champion's."""
    served_by_an_endpoint(world)
    mark = world.run(CODE, "plan")["plan"]["fingerprint"]
    row = {"pk": "champion#triage", "sk": "rejected", "fingerprint": mark, "why": "w", "at": "a"}
    world.aws.dynamodb.put_item(TableName="table", Item=table.encode(row))
    assert world.run(CODE, "plan")["plan"]["action"] == "release"
    world.function.answer = lambda version, request: {"error": {"status": 400}}
    assert world.run(CODE, "plan")["plan"]["why"].startswith("taken back at a")


def test_a_version_that_answers_is_compared_with_though_it_is_not_the_champion(
    world: World,
) -> None:
    """Somebody moved the alias by hand: whoever asks gets answers, and a canary has a rest."""
    first(world)
    put(world, "current", "17")
    world.function.answer = lambda version, request: {"error": {"status": 400}}
    planned = world.run(CODE, "plan")["plan"]
    assert (planned["action"], planned["at_once"]) == ("release", False)


def test_there_is_no_way_back_to_what_another_mode_served(world: World) -> None:
    """Its endpoint is gone; its model comes again by the road."""
    first(world)
    put(world, "previous", OF_AN_ENDPOINT)
    planned = world.run({"reason": "rollback"}, "plan")["plan"]
    assert planned["action"] == "nothing_to_release"
    assert planned["why"] == (f"the predecessor {OF_AN_ENDPOINT} is no version: release its model")


def test_a_release_after_that_is_canaried_as_ever(world: World) -> None:
    served_by_an_endpoint(world)
    world.run(CODE, *PREPARE, "promote", "settle", "record", "unlock")
    assert canary(world)["plan"]["at_once"] is False


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EndpointWorld]:
    yield from endpoint_world.made(tmp_path, monkeypatch)


def test_an_endpoint_has_no_way_back_to_a_function_and_does_not_ask_what_it_may_not(
    served: EndpointWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its role sees configurations of its own names only."""
    endpoint_world.first(served)
    put(served, "previous", "2")
    asked = served.sagemaker.describe_endpoint_config

    def describe(EndpointConfigName: str) -> dict[str, Any]:
        assert EndpointConfigName.startswith(endpoint_world.SLUG), "AccessDenied"
        return asked(EndpointConfigName)

    monkeypatch.setattr(served.sagemaker, "describe_endpoint_config", describe)
    planned = served.run({"reason": "rollback"}, "plan")["plan"]
    assert planned["action"] == "nothing_to_release"
    assert planned["why"] == "the predecessor 2 is no endpoint's: release its model"
