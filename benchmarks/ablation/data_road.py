"""Segments from a file in the lake to a registered model."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.ablation.messages import ALARMS, DATASETS, expect_message, forget_messages
from benchmarks.ablation.segment import Segment
from benchmarks.ablation.world import Unexpected, World, now
from cli.demo import watch
from cli.demo.rows import as_csv
from penstock import failure, layout
from penstock.events import DATASET_READY, SOURCE

ROWS = 40
METRICS = "/aws/sagemaker/TrainingJobs"


def put_raw(world: World, name: str, body: bytes) -> str:
    """Into raw/; the key under which ingest is to leave its report."""
    key = f"{layout.raw_prefix(world.name)}{name}"
    world.aws("s3").put_object(Bucket=world.stack.lake_bucket, Key=key, Body=body)
    return layout.ingest_report_key(world.name, hashlib.sha256(body).hexdigest())


def _ingest(world: World) -> None:
    """New rows, with ids of their own, become a new version of the dataset."""
    number, since = next(world.numbers), now()
    identity = world.story.contract.row_id
    source = world.story.source.rows[:ROWS]
    rows = [{**row, identity: f"{row[identity]}-{number}"} for row in source]
    report_key = put_raw(world, f"ablation-{number}.csv", as_csv(rows))
    report = world.until(
        lambda: watch.read_json(world.story, world.stack.lake_bucket, report_key),
        "ingest's report",
    )
    if report["rows_accepted"] != ROWS:
        raise Unexpected(f"ingest accepted {report['rows_accepted']} of {ROWS} rows")
    expect_message(world, DATASETS, "dataset_version")
    world.expect_function_logged("Ingest", since)


def _ingest_fails(world: World) -> None:
    """A file that is none is tried three times, and then somebody is told."""
    number = next(world.numbers)
    put_raw(world, f"ablation-{number}.csv", b"\xff\xfe not a file " + str(number).encode())
    for _ in range(2):  # Lambda waits one minute, then two, before it tries again
        world.advance(180)
    expect_message(world, ALARMS, "UnreadableFile")


def start_training(world: World, trigger: str = "manual") -> str:
    machine = world.stack.train_state_machine_arn
    request = json.dumps({"trigger": trigger})
    states = world.aws("stepfunctions")
    return str(states.start_execution(stateMachineArn=machine, input=request)["executionArn"])


def ended(world: World, execution: str, within: float = 60.0) -> dict[str, Any]:
    """What an execution ended with; Unexpected when it was no success."""

    def look() -> dict[str, Any] | None:
        found: dict[str, Any] = world.aws("stepfunctions").describe_execution(
            executionArn=execution
        )
        return None if found["status"] == "RUNNING" else found

    found = world.until(look, f"the end of {execution.rpartition(':')[2]}", within=within)
    if found["status"] != "SUCCEEDED":
        raise Unexpected(f"the execution {found['status']}: {failure.words(found)[:300]}")
    return dict(json.loads(found.get("output") or "{}"))


def _train(world: World) -> None:
    since = now()
    facts = ended(world, start_training(world))
    job = facts["train"]["TrainingJobName"]
    world.expect_log(METRICS, since, "the training job", stream=job)
    for function in ("TrainPreparationPrepare", "TrainEvaluationEvaluate"):
        world.expect_function_logged(function, since)
    host = [{"Name": "Host", "Value": f"{job}/algo-1"}]
    found = world.aws("cloudwatch").get_metric_statistics(
        Namespace=METRICS,
        MetricName="CPUUtilization",
        Dimensions=host,
        StartTime=datetime.now(UTC) - timedelta(minutes=10),
        EndTime=datetime.now(UTC) + timedelta(minutes=1),
        Period=60,
        Statistics=["Maximum"],
    )
    if not found["Datapoints"]:
        raise Unexpected("the training job has no metrics")


def _train_stopped(world: World) -> None:
    """An execution that is stopped takes its job with it."""
    execution = start_training(world)
    sagemaker = world.aws("sagemaker")

    def running() -> str | None:
        jobs = sagemaker.list_training_jobs(StatusEquals="InProgress")["TrainingJobSummaries"]
        return jobs[0]["TrainingJobName"] if jobs else None

    job = world.until(running, "a training job")
    world.aws("stepfunctions").stop_execution(executionArn=execution)

    def stopped() -> bool | None:
        found = sagemaker.describe_training_job(TrainingJobName=job)
        return True if found["TrainingJobStatus"] in ("Stopping", "Stopped") else None

    world.until(stopped, "the stop of the job", within=10)


def _dataset_trains(world: World) -> None:
    """The event of a new dataset begins a training, by its rule."""
    machine = world.stack.train_state_machine_arn
    known = watch.executions(world.story, machine)
    rule = world.physical("AWS::Events::Rule", "TrainNewDataset")
    key = layout.latest_key(world.name)
    latest = watch.read_json(world.story, world.stack.lake_bucket, key) or {}
    detail = {"environment": "dev", "usecase": world.name, "dataset_version": latest["version"]}
    event = {"Source": SOURCE, "DetailType": DATASET_READY, "Detail": json.dumps(detail)}
    events = world.aws("events")
    events.enable_rule(Name=rule)
    try:
        events.put_events(Entries=[event])
        world.until(
            lambda: (watch.executions(world.story, machine) - known) or None,
            "a training that the event begins",
            within=5,
        )
    finally:
        events.disable_rule(Name=rule)


TRAINING = ("Train", "TrainPreparationPrepare", "TrainEvaluationEvaluate", "TrainJobJob")
SEGMENTS = (
    Segment("a file is ingested", ("Ingest",), _ingest, before=forget_messages),
    Segment("a file that is none", ("Ingest",), _ingest_fails, before=forget_messages),
    Segment("a training", TRAINING, _train),
    Segment("a training is stopped", ("Train",), _train_stopped),
    Segment("a dataset begins a training", ("TrainRoadEvents",), _dataset_trains),
)
