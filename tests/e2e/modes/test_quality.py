"""From late labels to a quality alarm: truths that arrive before their records, and contradict."""

from typing import Any

import pytest

from cli.demo import truths, watch
from cli.demo.story import Story
from penstock import layout

ROWS, PATIENCE = 240, 60.0


@pytest.fixture(scope="module")
def story(stories: dict[str, Story]) -> Story:
    return stories["quality"]


@pytest.fixture(scope="module")
def asked(story: Story) -> list[dict[str, str]]:
    """Answers to cases whose truth is known: prediction_id and diagnosis."""
    return truths.asked(story, story.source.rows[:ROWS])


def quality(story: Story, rows: int) -> dict[str, Any] | None:
    """The newest report's, once it rests on so many labels."""
    key = layout.latest_monitoring_key(story.name, "json")
    report = watch.read_json(story, story.deployed.lake_bucket, key) or {}
    found = report.get("quality")
    return report if found and found["rows"] >= rows else None


def measured(story: Story) -> int:
    return int(((quality(story, 0) or {}).get("quality") or {}).get("rows", 0))


def alarm(story: Story, name: str) -> dict[str, Any]:
    found = story.aws("cloudwatch").describe_alarms(
        AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"]
    )
    return dict([*found["MetricAlarms"], *found["CompositeAlarms"]][0])


def test_labels_before_their_records_wait_and_are_joined(
    story: Story, asked: list[dict[str, str]]
) -> None:
    """In two pieces that overlap, with a wrong word and an id that nobody knows."""
    labelled = measured(story)  # by an earlier run, where the cloud was kept
    wrong = asked[0] | {story.contract.target.column: "perhaps"}
    first = truths.send(story, "first.csv", [*asked[:150], wrong, truths.unknown(asked[0])])
    second = truths.send(story, "second.csv", asked[100:])
    assert (first["rows_accepted"], first["rows_rejected"]) == (151, 1)
    assert second["rows_accepted"] == ROWS - 100
    wanted = labelled + ROWS
    report = watch.until(lambda: quality(story, wanted), "all in a report", within=PATIENCE)
    found = report["quality"]
    assert found["rows"] == wanted
    assert found["metrics"]["roc_auc"]["value"] > 0.97
    assert not any(verdict["lost"] for verdict in found["verdicts"].values())
    assert {one["column"] for one in found["slices"]} == {"radius_mean"}


def test_labels_that_say_otherwise_raise_the_alarm_with_its_causes(
    story: Story, asked: list[dict[str, str]]
) -> None:
    """The same answers turn out to be wrong: the later label wins, and people are told."""
    labelled = measured(story)
    truths.send(story, "third.csv", truths.otherwise(story, asked))

    def told() -> dict[str, Any] | None:
        report = quality(story, ROWS) or {"findings": []}
        return report if any(f["kind"] == "quality" for f in report["findings"]) else None

    report = watch.until(told, "a quality finding", within=PATIENCE)
    assert report["quality"]["rows"] == labelled, "no label is counted twice"
    causes = {f["name"]: f["why"] for f in report["findings"] if f["kind"] == "quality"}
    assert "at evaluation" in causes["ROC AUC"]
    assert any("worst slice radius_mean" in why for why in causes.values()), causes

    def rung() -> dict[str, Any] | None:
        found = alarm(story, story.deployed.drift_alarm_name)
        return found if found["StateValue"] == "ALARM" else None

    watch.until(rung, "the alarm", within=PATIENCE)
    stack = story.aws("cloudformation").describe_stacks(StackName=f"Penstock-dev-{story.name}")
    outputs = {o["OutputKey"]: o["OutputValue"] for o in stack["Stacks"][0]["Outputs"]}
    attention = alarm(story, outputs["AttentionAlarmName"])
    assert "quality, ROC AUC" in attention["StateReason"]
