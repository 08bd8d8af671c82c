"""The world changes, the alarm notices, and a retraining begins."""

import time
from collections.abc import Callable
from typing import Any

from cli import records
from cli.demo import canary, models, rows, watch
from cli.demo.story import Story
from cli.demo.traffic import Traffic
from penstock import layout

TITLE = "the world changes, the alarm notices, a retraining begins"
PATIENCE = 150.0


def play(story: Story) -> None:
    """Ask about cases that training has not seen the like of, until the alarm goes off."""
    stack, rules = story.deployed, story.usecase
    known = watch.executions(story, stack.train_state_machine_arn)
    moved = rows.shifted(story.source.rows, story.contract)
    enough = 6 * rules.monitoring.min_rows // 4
    with canary.callers(story, moved, canary.FAST) as traffic:
        with story.timeline.waiting("shifted traffic"):
            watch.until(_asked(traffic, enough), "shifted traffic", within=60)
        traffic.rate = canary.IDLE
        story.timeline.say(f"{len(traffic.calls)} requests about shifted cases were answered")
        begin = story.timeline.now()
        with story.timeline.waiting("the drift alarm"):
            watch.until(lambda: _alarm(story), "the drift alarm", within=PATIENCE)
        story.timeline.span("monitor", "monitor", begin, story.timeline.now())
        report = _report(story)
        worst = max(c["shift"] for c in story.drift["columns"])
        story.expect(
            "the drift alarm goes off", story.drift_state == "ALARM",
            f"up to {worst:.0%} of rows moved, {rules.monitoring.smallest_shift:.0%} is worth "
            f"knowing, {report}",
        )  # fmt: skip
        _retrain(story, known, traffic)
    canary.expect_no_errors(story, traffic)


def _retrain(story: Story, known: set[str], traffic: Traffic) -> None:
    """The alarm's training; a release of what it made follows, and moves traffic only if new."""
    if "drift" not in story.usecase.retraining.on:
        return
    before = records.champion(story.place, story.deployed, story.name) or {}
    model = models.train(story, known, "drift", "the model of the alarm's retraining")
    story.retraining_started = True
    traffic.rate, begin = canary.BUSY, story.timeline.now()
    row = models.released(story, model["package"])
    time.sleep(canary.SETTLING)
    old, new = str(before["version"]), str(row.get("version") or "")
    found = canary.compared(story, traffic, begin, old, new) if new else None
    models.keep(story, row, "the alarm's retraining", found)
    held = row["result"] in ("promoted", "nothing_to_release")
    seen = f"{row['result'].replace('_', ' ')}, {row['why']}"
    story.expect("the alarm's retraining comes to its end", held, seen)


def _asked(traffic: Traffic, enough: int) -> Callable[[], bool | None]:
    return lambda: True if len(traffic.calls) >= enough else None


def _alarm(story: Story) -> bool | None:
    found = story.aws("cloudwatch").describe_alarms(AlarmNames=[story.deployed.drift_alarm_name])
    story.drift_state = found["MetricAlarms"][0]["StateValue"]
    return True if story.drift_state == "ALARM" else None


def _report(story: Story) -> str:
    """Read the newest report of the monitor onto the page; returns what it rests on."""
    key = layout.latest_monitoring_key(story.name, "json")
    report: dict[str, Any] = watch.read_json(story, story.deployed.lake_bucket, key) or {}
    story.drift = {
        "alarm": story.usecase.monitoring.smallest_shift,
        "columns": [
            {
                "name": name,
                "shift": found["shift"],
                "drifted": found["drifted"],
                "labels": found["bins"],
                "baseline": found["expected"],
                "current": found["actual"],
            }
            for name, found in report["columns"].items()
        ],
    }
    return f"{report['rows']} rows in {key}"
