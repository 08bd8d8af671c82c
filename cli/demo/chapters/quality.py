"""The labels have found their answers by now, and say how good these were."""

from typing import Any

from cli import records
from cli.demo import watch
from cli.demo.chapters.labels import CASES
from cli.demo.story import Story
from penstock import layout
from penstock.quality import Estimate
from penstock.quality.loss import SAID

TITLE = "the labels have found their answers"


def play(story: Story) -> None:
    """Each answer once, though some labels came twice; the label of an unknown answer waits."""
    if not story.labels:
        return
    bucket = story.deployed.lake_bucket
    with story.timeline.waiting("labels"):
        found = watch.until(lambda: _joined(story), "the labels' answers", within=60)
    sums = {name: sum(report[name] for report in found) for name in ("labelled", "waiting")}
    seen = f"{sums['labelled']} labels of {CASES} answers joined, {sums['waiting']} waits"
    story.expect("labels find their answers", (sums["labelled"], sums["waiting"]) == (90, 1), seen)
    total = records.labelled(story.place, story.deployed, story.name)
    story.expect("each answer counts once", total == CASES, f"{total} labelled answers")
    latest = layout.latest_monitoring_key(story.name, "json")
    report: dict[str, Any] = watch.read_json(story, bucket, latest) or {}
    if quality := report.get("quality"):
        for name in quality["verdicts"].keys() & quality["metrics"].keys():
            now = Estimate.from_dict(quality["metrics"][name])
            why = quality["verdicts"][name]["why"]
            story.timeline.say(f"{SAID[name]} {now}: {why}")


def _joined(story: Story) -> list[dict[str, Any]] | None:
    """The files' reports, once only the unknown one waits."""
    keys = [layout.labels_report_key(story.name, r["source_sha256"]) for r in story.labels]
    found = [watch.read_json(story, story.deployed.lake_bucket, key) or {} for key in keys]
    return found if sum(report.get("waiting", 9) for report in found) <= 1 else None
