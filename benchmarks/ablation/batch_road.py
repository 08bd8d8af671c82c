"""Segments of the mode `batch`: files that are dropped, a job that fails and goes on."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from benchmarks.ablation.data_road import ended
from benchmarks.ablation.segment import Segment
from benchmarks.ablation.stack_road import deployed_again
from benchmarks.ablation.statements import denied
from benchmarks.ablation.world import Unexpected, World, now
from cli.demo import watch
from cli.demo.rows import as_csv
from penstock import layout

ROWS = 60


def _put(world: World, kind: str) -> str:
    """A file of good rows and a wrong one; its key."""
    contract, rows = world.story.contract, world.story.source.rows[:ROWS]
    wrong = {**rows[0], contract.columns[0].name: "no number"}
    key = f"{layout.batch_prefix(world.name, kind)}ablation-{next(world.numbers)}/rows.csv"
    body = as_csv([*rows, wrong])
    world.aws("s3").put_object(Bucket=world.stack.lake_bucket, Key=key, Body=body)
    return key


def _dropped(world: World) -> None:
    """An answer for every row, and its record."""
    machine, since = world.stack.batch_state_machine_arn, now()
    known = watch.executions(world.story, machine)
    _put(world, "in")
    begun = world.until(
        lambda: (watch.executions(world.story, machine) - known) or None,
        "a job that the file begins",
        within=5,
    )
    _expect_answers(ended(world, begun.pop()))
    world.expect_function_logged("Batch", since)


def _expect_answers(said: dict[str, Any]) -> None:
    report = said["finish"]
    if (report["rows_out"], report["refused"]) != (ROWS + 1, 1):
        raise Unexpected(f"the job came to {json.dumps(report)[:300]}")


def _goes_on(world: World) -> None:
    """A job whose part could not write its answers does so when it is taken up again."""
    since, key, states = now(), _put(world, "sent"), world.aws("stepfunctions")
    bucket = world.stack.lake_bucket
    request = json.dumps({"input": layout.uri(bucket, key.rpartition("/")[0] + "/")})
    machine = world.stack.batch_state_machine_arn
    answers = f"arn:aws:s3:::{bucket}/{layout.batch_prefix(world.name, 'out')}*.parquet"
    with denied(world.aws("iam"), world.role_of("Batch"), "s3:PutObject", on=answers):
        execution = states.start_execution(stateMachineArn=machine, input=request)["executionArn"]
        with suppress(Unexpected):
            ended(world, execution)
    states.redrive_execution(executionArn=execution)  # refused where it has not failed
    _expect_answers(ended(world, execution))
    world.expect_function_logged("Batch", since)


def _machine_updated(world: World) -> None:
    deployed_again(world, world.stack.batch_state_machine_arn)


JOB = ("Batch", "BatchJob")
SEGMENTS = (
    Segment("a dropped file is scored", (*JOB, "BatchJobEvents"), _dropped),
    Segment("a job goes on", JOB, _goes_on),
    Segment("the job's machine is deployed again", JOB, _machine_updated),
)
