"""More data, a better model, and a canary that proves it."""

import time

from cli import records
from cli.demo import canary, models, rows, watch
from cli.demo.story import Story
from cli.instances import instance

TITLE = "more data, a better model, and a canary"


def play(story: Story) -> None:
    """Upload the rest of the rows while callers go on asking."""
    _, rest = rows.parts(story.source.rows)
    before = records.champion(story.place, story.deployed, story.name) or {}
    known = watch.executions(story, story.deployed.train_state_machine_arn)
    pool = [instance(row, story.contract) for row in story.source.rows]
    with canary.callers(story, pool, canary.IDLE) as traffic:
        models.upload(story, rest, "rest.csv")
        model = models.train(story, known, "dataset", "the second model")
        traffic.rate, begin = canary.BUSY, story.timeline.now()
        row = models.released(story, model["package"])
        time.sleep(canary.SETTLING)
    new, old = str(row.get("version")), str(before["version"])
    found = canary.compared(story, traffic, begin, old, new)
    models.keep(story, row, "the second model", found)
    percent = story.usecase.serving.canary.percent
    share = canary.share_of(new, old, traffic)
    seen = f"{row['result']}, {row['why']}; {share:.0%} of the traffic while it was judged"
    held = row["result"] == "promoted" and row["percent_steps"] == [percent, 100]
    story.expect(f"the second model goes live over {percent} % of the traffic", held, seen)
    canary.expect_no_errors(story, traffic)
