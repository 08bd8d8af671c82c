"""The loop: the world moves, a better model is trained and released by itself; then it stops."""

from collections.abc import Callable
from typing import Any

import pytest
from people import People

from cli import records
from cli.demo import canary, models, rows, truths, watch
from cli.demo.rows import Row
from cli.demo.story import Story
from cli.instances import instance
from penstock import layout
from penstock.mending import Mending

LABELLED, PATIENCE = 150, 120.0


@pytest.fixture(scope="module")
def story(stories: dict[str, Story]) -> Story:
    return stories["loop"]


def moved(story: Story, some: list[Row]) -> list[Row]:
    """The same cases, with the same truths, as another device measures them: half as far off as
    the demo's, so that the champion's scores are wrong and still tell the cases apart a little."""
    cases = rows.shifted(some, story.contract)
    names = [column.name for column in story.contract.columns]
    return [
        row | {name: str((float(row[name]) + case[name]) / 2) for name in names}
        for row, case in zip(some, cases, strict=True)
    ]


def loop(story: Story, state: str) -> Callable[[], dict[str, Any] | None]:
    def look() -> dict[str, Any] | None:
        row = records.loop(story.place, story.deployed, story.name)
        return row if row and row["state"] == state else None

    return look


def test_shifted_traffic_ends_in_a_released_model_that_is_better_on_the_newest_labels(
    story: Story,
) -> None:
    """Data of the new world were sent, under the ids of the old; nobody asked for a training."""
    known, later = rows.parts(story.source.rows)
    models.upload(story, moved(story, known), "moved.csv")
    before = records.champion(story.place, story.deployed, story.name) or {}
    new = moved(story, later)
    answered = truths.asked(story, new[:LABELLED])
    truths.send(story, "truths.csv", answered)

    def joined() -> bool | None:
        labelled = records.labelled(story.place, story.deployed, story.name)
        return True if labelled >= LABELLED else None

    watch.until(joined, "the labels", within=60)

    def released() -> dict[str, Any] | None:
        row = records.champion(story.place, story.deployed, story.name) or before
        return row if row["model_package_arn"] != before["model_package_arn"] else None

    cases = [instance(row, story.contract) for row in new]
    with canary.callers(story, cases, canary.BUSY):
        champion = watch.until(released, "a retrained champion", within=PATIENCE)
    package = story.aws("sagemaker").describe_model_package(
        ModelPackageName=champion["model_package_arn"]
    )
    said = package["CustomerMetadataProperties"]
    assert said["trigger"] == "drift"
    # whichever a look saw first: that the inputs have moved, or what that did to the answers
    assert said["reason"].startswith(("drift: ", "quality: "))
    gates = watch.read_json(story, *layout.split_uri(said["gates_uri"])) or {}
    assert gates["recent"]["outcome"] == "passed"
    assert "labelled answers" in gates["recent"]["rows"]
    assert gates["recent"]["gains"]["brier"]["better"] is True
    release = next(
        row
        for row in records.history(story.place, story.deployed, story.name)
        if row.get("model_package_arn") == champion["model_package_arn"]
    )
    assert release["percent_steps"] == [25, 100]
    found, expected = release["verdict"]["ks"], Mending.parse(release["verdict"]["expected_shift"])
    assert expected is not None
    plain = story.usecase.serving.canary.max_score_shift + float(found["critical"])
    assert found["d"] > plain, "nothing was shown: a plain canary had let it pass"


def test_a_loop_that_gets_no_better_stops_itself_and_says_so(story: Story) -> None:
    """The world turns back, and no data of it come: training again makes the same model again."""
    people = People(story)
    _, later = rows.parts(story.source.rows)
    cases = [instance(row, story.contract) for row in later]
    with canary.callers(story, cases, canary.BUSY):
        paused = watch.until(loop(story, "paused"), "the pause", within=PATIENCE)
    assert "trainings in a row released nothing better" in paused["why"]
    said = watch.until(
        lambda: people.told("retraining is paused"), "people to be told of the pause", within=30
    )
    assert paused["why"] in said
    assert "answers meanwhile" in said
    came_to = people.told("made the champion's model again") or people.told("was rejected")
    assert came_to is not None, "what its trainings came to was told nobody"
    assert "What to do: " in came_to
