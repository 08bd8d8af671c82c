"""A model that answers wrongly is approved by a person, and taken back by its own alarm."""

import time

from cli import records
from cli.demo import canary, models
from cli.demo.sabotage import register_inverted
from cli.demo.story import Story
from cli.instances import instance

TITLE = "a bad model is approved by hand, and rolled back"


def play(story: Story) -> None:
    """Register a package whose scores are inverted; callers must not notice but for the canary."""
    before = records.champion(story.place, story.deployed, story.name) or {}
    arn = register_inverted(story, before)
    story.timeline.say("approved by hand: a model that calls everyone positive")
    pool = [instance(row, story.contract) for row in story.source.rows]
    begin = story.timeline.now()
    with canary.callers(story, pool, canary.BUSY) as traffic:
        row = models.released(story, arn)
        time.sleep(canary.SETTLING)
    new, old = str(row.get("version")), str(before["version"])
    found = canary.compared(story, traffic, begin, old, new)
    models.keep(story, row, "a bad model", found)
    story.expect(
        "the bad model is rolled back", row["result"] == "rolled_back",
        f"{row['result']}: {row['why']}",
    )  # fmt: skip
    canary.expect_no_errors(story, traffic)
    last = [call.version for call in traffic.calls[-20:]]
    now = records.champion(story.place, story.deployed, story.name) or {}
    alone = canary.alone(story)
    held = alone == old == now.get("version") and set(last) == {old}
    story.expect("the champion goes on answering", held, f"version {alone} answers all, as before")
