"""A file lands in the lake, and a model goes live."""

from cli import records
from cli.demo import models, rows, watch
from cli.demo.story import Story

TITLE = "a file lands in the lake, and a model goes live"


def play(story: Story) -> None:
    """Upload once; everything after it is started by the event of the step before."""
    good, _ = rows.parts(story.source.rows)
    bad = rows.broken(good, story.contract)
    known = watch.executions(story, story.deployed.train_state_machine_arn)
    report = models.upload(story, [*good, *bad], "first.csv")
    for reason, count in report["reasons"].items():
        story.timeline.say(f"set aside: {reason}" + (f" ({count} rows)" if count > 1 else ""))
    seen = f"{report['rows_rejected']} set aside, {report['rows_accepted']} accepted"
    held = (report["rows_rejected"], report["rows_accepted"]) == (len(bad), len(good))
    story.expect(f"the {len(bad)} broken rows are quarantined, no other", held, seen)
    model = models.train(story, known, "dataset", "the first model")
    row = models.released(story, model["package"])
    models.keep(story, row, "the first model", None)
    champion = records.champion(story.place, story.deployed, story.name) or {}
    held = row["result"] == "promoted" and champion.get("model_package_arn") == model["package"]
    seen = f"version {champion.get('version', '?')} is live"
    story.expect(
        "the first model goes live", held, seen if held else f"{row['result']}: {row['why']}"
    )
