"""A faulty model's release while callers ask, and what has to be seen of it, whatever serves."""

import time
from contextlib import AbstractContextManager
from typing import Any

import faulty

from cli.demo import canary, models
from cli.demo.story import Story
from cli.demo.traffic import Traffic
from cli.instances import instance

Released = tuple[dict[str, Any], Traffic]


def callers(story: Story) -> AbstractContextManager[Traffic]:
    """As many as it stands: an endpoint's instances take turns on this machine."""
    pool = [instance(row, story.contract) for row in story.source.rows]
    return canary.callers(story, pool, 40.0 if story.deployed.endpoint_name else canary.BUSY)


def released(story: Story, fault: str) -> Released:
    """Register a model with a fault while callers ask: the history's row, and what they saw."""
    arn = faulty.register(story, fault)
    with callers(story) as traffic:
        row = models.released(story, arn)
        time.sleep(canary.SETTLING)
    return row, traffic


def lost(traffic: Traffic, challenger: str | None = None) -> list[str]:
    """Requests without an answer, beside the canary's own."""
    return [str(c.error) for c in traffic.calls if c.error and c.version != challenger]


def never_asked(story: Story, fault: str, why: str) -> None:
    """It fails before anyone is sent to it."""
    before = faulty.champion(story)
    row, traffic = released(story, fault)
    assert row["result"] == "failed"
    assert why in row["why"]
    assert {call.version for call in traffic.calls} == {before["version"]}
    assert lost(traffic) == []
    _unmoved(story, before, traffic)


def taken_back(story: Story, fault: str, why: str) -> None:
    """Its canary is asked, and nobody else loses anything by it."""
    before = faulty.champion(story)
    row, traffic = released(story, fault)
    assert (row["result"], row["percent_steps"]) == ("rolled_back", [25, 0]), row["why"]
    assert why in row["why"]
    assert row["version"] in {call.version for call in traffic.calls}
    assert lost(traffic, str(row["version"])) == []
    _unmoved(story, before, traffic)


def _unmoved(story: Story, before: dict[str, Any], traffic: Traffic) -> None:
    """The champion is who it was, and answers everything."""
    assert canary.alone(story) == before["version"]
    assert faulty.champion(story) == before
    assert {call.version for call in traffic.calls[-20:]} == {before["version"]}
    assert len(traffic.calls) > 50
