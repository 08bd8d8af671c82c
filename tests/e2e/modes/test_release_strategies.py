"""linear moves in steps; shadow asks what was asked before, and only then lets anybody in."""

import time
from typing import Any

import faulty

from cli.demo import canary, models
from cli.demo.story import Story
from cli.demo.traffic import Traffic
from cli.instances import instance


def released(story: Story, fault: str) -> tuple[dict[str, Any], Traffic]:
    """Callers ask first, so that there is something to replay, and while it is released."""
    pool = [instance(row, story.contract) for row in story.source.rows]
    with canary.callers(story, pool, canary.BUSY) as traffic:
        time.sleep(2)
        row = models.released(story, faulty.register(story, fault))
        time.sleep(canary.SETTLING)
    return row, traffic


def test_linear_takes_its_steps_and_loses_no_request(stories: dict[str, Story]) -> None:
    row, traffic = released(stories["plain"], "same")
    assert (row["result"], row["percent_steps"]) == ("promoted", [40, 80, 100]), row["why"]
    assert row["strategy"] == "linear"
    new = str(row["version"])
    assert not [call for call in traffic.calls if call.error]
    assert {call.version for call in traffic.calls[-20:]} == {new}


def test_a_shadow_keeps_callers_from_what_disagrees_with_the_champion(
    stories: dict[str, Story],
) -> None:
    story = stories["url"]
    before = faulty.champion(story)
    row, traffic = released(story, "inverted")
    assert row["result"] == "failed"
    assert "labels differ from the champion's" in row["why"]
    assert "80 recorded rows" in row["why"]
    assert {call.version for call in traffic.calls} == {before["version"]}
    assert not [call for call in traffic.calls if call.error]


def test_what_agrees_in_the_shadow_goes_up_by_the_canary(stories: dict[str, Story]) -> None:
    story = stories["url"]
    row, traffic = released(story, "same")
    assert (row["result"], row["percent_steps"]) == ("promoted", [50, 100]), row["why"]
    assert row["replay"]["source"] == "recorded"
    assert row["replay"]["disagreement"] == 0
    assert row["replay"]["rows"] == 80
    assert not [call for call in traffic.calls if call.error]
