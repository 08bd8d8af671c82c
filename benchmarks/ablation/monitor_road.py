"""Segments of monitoring: looks by hand and by the clock, with news, with failures."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.ablation.messages import ALARMS, expect_message, forget_messages
from benchmarks.ablation.predict_road import ROWS_A_REQUEST, keys, predict
from benchmarks.ablation.release_road import champion
from benchmarks.ablation.segment import Segment
from benchmarks.ablation.world import Unexpected, World, now
from penstock import layout


def _look(world: World) -> dict[str, Any]:
    since, name = now(), world.function("Monitor")
    answer = world.aws("lambda").invoke(FunctionName=name, Payload=b"{}")
    said: dict[str, Any] = json.loads(answer["Payload"].read() or b"{}")
    world.expect_function_logged("Monitor", since)
    if answer.get("FunctionError"):
        raise Unexpected(f"the monitor failed: {json.dumps(said)[:300]}")
    return said


def _monitor(world: World) -> None:
    """A look at what was asked, with its report."""
    since, said = now(), _look(world)
    uri = said["drift"]["report_uri"]
    if uri is None:
        raise Unexpected(f"there is no report: {json.dumps(said)[:300]}")
    bucket, key = layout.split_uri(uri)
    written = world.aws("s3").head_object(Bucket=bucket, Key=key)["LastModified"].timestamp()
    if written < since - 1:
        raise Unexpected("the report is an old one")


def _records(world: World) -> None:
    """Shifted ones of the champion, enough for an opinion."""
    live = champion(world)["model_package_arn"]
    if world.recorded != live:
        predict(world, requests=5 * world.story.usecase.monitoring.min_rows // ROWS_A_REQUEST)
        world.recorded = live


def _attention(world: World) -> str:
    name = world.function("Monitor")
    found = world.aws("lambda").get_function_configuration(FunctionName=name)
    return str(found["Environment"]["Variables"]["ATTENTION_ALARM"])


def _news(world: World) -> None:
    """What has drifted is news, and the alarm that tells of it is on already."""
    _records(world)
    forget_messages(world)
    latest = layout.latest_monitoring_key(world.name, "json")
    world.aws("s3").delete_object(Bucket=world.stack.lake_bucket, Key=latest)
    world.aws("cloudwatch").set_alarm_state(
        AlarmName=_attention(world), StateValue="ALARM", StateReason="for the ablation"
    )
    forget_messages(world)


def _told(world: World) -> None:
    _monitor(world)
    expect_message(world, ALARMS, "drift", within=3)


def _no_records(world: World) -> None:
    """As if Firehose had delivered nothing for hours."""
    bucket, s3 = world.stack.lake_bucket, world.aws("s3")
    for key in keys(world, layout.predictions_prefix(world.name)):
        s3.delete_object(Bucket=bucket, Key=key)
    world.recorded = ""
    name = world.stack.predict_function_name
    dimensions = {"FunctionName": name, "Resource": f"{name}:{world.stack.predict_alias}"}
    metric = {
        "MetricName": "Invocations",
        "Dimensions": [{"Name": k, "Value": v} for k, v in dimensions.items()],
        "Timestamp": datetime.now(UTC) - timedelta(hours=3),
        "Value": 100.0,
    }
    world.aws("cloudwatch").put_metric_data(Namespace="AWS/Lambda", MetricData=[metric])


def _silent(world: World) -> None:
    """Requests without records are an error, said by its name."""
    try:
        _look(world)
    except Unexpected as unexpected:
        if "NoData" in str(unexpected):
            return
        raise
    raise Unexpected("nobody misses the records")


def _monitor_by_clock(world: World) -> None:
    since = now()
    for _ in range(2):
        world.advance(world.story.usecase.monitoring.every_minutes * 60 + 1)
    for name in ("Monitor", "Labels"):
        world.expect_function_logged(name, since)


def _wind_up(world: World) -> None:
    _records(world)
    _set_schedules(world, "ENABLED")
    time.sleep(1.0)  # the scheduler looks at what has changed now and then


def stop_clocks(world: World) -> None:
    """A look that comes by itself would be another segment's."""
    _set_schedules(world, "DISABLED")


def _set_schedules(world: World, state: str) -> None:
    scheduler = world.aws("scheduler")
    for resource in world.resources:
        if resource["ResourceType"] == "AWS::Scheduler::Schedule":
            found = scheduler.get_schedule(Name=resource["PhysicalResourceId"])
            kept = ("Name", "ScheduleExpression", "FlexibleTimeWindow", "Target")
            scheduler.update_schedule(**{key: found[key] for key in kept}, State=state)


def _champion_key(world: World) -> dict[str, Any]:
    return {"pk": {"S": f"champion#{world.name}"}, "sk": {"S": "current"}}


def _point_at_nothing(world: World) -> None:
    forget_messages(world)
    _set_baseline(world, lambda uri: f"{uri}-lost")


def _point_back(world: World) -> None:
    _set_baseline(world, lambda uri: uri.removesuffix("-lost"))


def _set_baseline(world: World, change: Any) -> None:
    table, client = world.stack.table_name, world.aws("dynamodb")
    item = client.get_item(TableName=table, Key=_champion_key(world))["Item"]
    item["baseline_uri"] = {"S": change(item["baseline_uri"]["S"])}
    client.put_item(TableName=table, Item=item)


def _monitor_fails(world: World) -> None:
    """A look without a baseline is tried three times, and then somebody is told."""
    since, name = now(), world.function("Monitor")
    world.aws("lambda").invoke(FunctionName=name, InvocationType="Event", Payload=b"{}")
    for _ in range(2):
        world.advance(180)
    expect_message(world, ALARMS, "no baseline")
    world.expect_function_logged("Monitor", since)


def _forget_training(world: World) -> None:
    """No training by drift so far, an alarm that is on, and records that agree with it."""
    _records(world)
    key = {"pk": {"S": f"training#{world.name}"}, "sk": {"S": "last-retraining"}}
    world.aws("dynamodb").delete_item(TableName=world.stack.table_name, Key=key)
    world.aws("cloudwatch").set_alarm_state(
        AlarmName=world.stack.drift_alarm_name, StateValue="ALARM", StateReason="for the ablation"
    )


def _monitor_retrains(world: World) -> None:
    said = _look(world)
    if not said.get("retraining", {}).get("started"):
        raise Unexpected(f"no training was begun: {json.dumps(said)[:300]}")


ALONE, CLOCK = ("Monitor",), ("MonitorEvery", "LabelsWaiting")
SEGMENTS = (
    Segment("a look of the monitor", ALONE, _monitor, before=_records),
    Segment("a look that finds news", ALONE, _told, before=_news),
    Segment("a look by the clock", CLOCK, _monitor_by_clock, before=_wind_up, after=stop_clocks),
    Segment(
        "a look that fails", ALONE, _monitor_fails, before=_point_at_nothing, after=_point_back
    ),
    Segment("a look begins a training", ALONE, _monitor_retrains, before=_forget_training),
    Segment("a look without records", ALONE, _silent, before=_no_records),
)
