"""Segments of the release: nothing to do, a canary, a stale lock, a release that breaks off."""

from __future__ import annotations

import json
from typing import Any

from benchmarks.ablation.data_road import ended
from benchmarks.ablation.messages import ALARMS, expect_message, forget_messages
from benchmarks.ablation.segment import Segment
from benchmarks.ablation.statements import denied
from benchmarks.ablation.world import Unexpected, World, now
from cli import records
from cli.demo import canary
from cli.demo.watch import executions
from cli.instances import instance


def packages(world: World) -> list[str]:
    """The approved packages of the group, the newest first."""
    found = world.aws("sagemaker").list_model_packages(
        ModelPackageGroupName=world.stack.model_package_group,
        ModelApprovalStatus="Approved",
        SortBy="CreationTime",
        SortOrder="Descending",
    )
    return [p["ModelPackageArn"] for p in found["ModelPackageSummaryList"]]


def champion(world: World) -> dict[str, Any]:
    return records.champion(world.story.place, world.stack, world.name) or {}


def another_model(world: World) -> str:
    """The package that was live before: released and prepared already, and no news to the gates."""
    key = {"pk": {"S": f"champion#{world.name}"}, "sk": {"S": "previous"}}
    row = world.aws("dynamodb").get_item(TableName=world.stack.table_name, Key=key)["Item"]
    return str(row["model_package_arn"]["S"])


def start_release(world: World, **request: str) -> str:
    machine = world.stack.release_state_machine_arn
    # by name: what was rolled back once comes again by no event
    states, body = world.aws("stepfunctions"), json.dumps({"by": "the ablation"} | request)
    return str(states.start_execution(stateMachineArn=machine, input=body)["executionArn"])


def _row(world: World, execution: str) -> dict[str, Any]:
    """What the release wrote down of itself."""
    name = execution.rpartition(":")[2]

    def look() -> dict[str, Any] | None:
        rows = records.history(world.story.place, world.stack, world.name)
        return next((row for row in rows if row["sk"].endswith(f"#{name}")), None)

    return world.until(look, "the release's record", within=3)


def _nothing_to_release(world: World) -> None:
    since, execution = now(), start_release(world, reason="code")
    ended(world, execution)
    _expect_result(world, execution, "nothing_to_release")
    world.expect_function_logged("Release", since)


def _expect_result(world: World, execution: str, wanted: str) -> None:
    row = _row(world, execution)
    if row["result"] != wanted:
        raise Unexpected(f"the release ended as {row['result']}, not {wanted}: {row['why'][:200]}")


def _new_model(world: World) -> None:
    """A model over the canary, under traffic."""
    since, package = now(), another_model(world)
    pool = [instance(row, world.story.contract) for row in world.story.source.rows]
    with canary.callers(world.story, pool, canary.BUSY) as traffic:
        execution = start_release(world, reason="model", model_package_arn=package)
        ended(world, execution)
    _expect_result(world, execution, "promoted")
    if champion(world)["model_package_arn"] != package:
        raise Unexpected("the champion is another one")
    if wrong := [call.error for call in traffic.calls if call.error]:
        raise Unexpected(f"{len(wrong)} requests failed, the first: {wrong[0]}")
    world.expect_function_logged("Release", since)


def _leave_stale_lock(world: World) -> None:
    """As a release leaves it that was ended from outside."""
    holder = sorted(executions(world.story, world.stack.release_state_machine_arn))[0]
    row = {
        "pk": f"lock#{world.name}",
        "sk": "release",
        "holder": holder,
        "since": "2026-01-01T00:00:00Z",
    }
    world.aws("dynamodb").put_item(
        TableName=world.stack.table_name, Item={name: {"S": value} for name, value in row.items()}
    )


def _broken_release(world: World) -> None:
    """What a release that broke off had set going is stopped, the old version answers, and people
    are told."""
    since, before = now(), champion(world)["version"]
    with denied(world.aws("iam"), world.role_of("Release"), "logs:FilterLogEvents"):
        package = another_model(world)
        execution = start_release(world, reason="model", model_package_arn=package)
        row = world.until(lambda: _ended_row(world, execution), "the end of the broken release")
    if row["result"] != "failed" or "FilterLogEvents" not in row["why"]:
        raise Unexpected(f"the release ended as {row['result']}: {row['why'][:300]}")
    deployment = world.last_deployment()
    if deployment["status"] != "Stopped":
        why = deployment.get("errorInformation", {}).get("message", "")
        raise Unexpected(f"the deployment {deployment['status']}, it was not stopped: {why}")
    alias = world.aws("lambda").get_alias(
        FunctionName=world.stack.predict_function_name, Name=world.stack.predict_alias
    )
    weights = (alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights")
    if alias["FunctionVersion"] != before or weights:
        raise Unexpected(f"version {alias['FunctionVersion']} with {weights} is live, not {before}")
    expect_message(world, ALARMS, "What to do: see execution")
    world.expect_function_logged("Tell", since)


def _ended_row(world: World, execution: str) -> dict[str, Any] | None:
    found = world.aws("stepfunctions").describe_execution(executionArn=execution)
    return None if found["status"] == "RUNNING" else _row(world, execution)


def _approved(world: World) -> None:
    """A person's approval begins a release, by its rule."""
    machine = world.stack.release_state_machine_arn
    known, events = executions(world.story, machine), world.aws("events")
    rule = world.physical("AWS::Events::Rule", "ReleaseModelApproved")
    events.enable_rule(Name=rule)
    try:
        for status in ("Rejected", "Approved"):
            world.aws("sagemaker").update_model_package(
                ModelPackageArn=champion(world)["model_package_arn"], ModelApprovalStatus=status
            )
        begun = world.until(
            lambda: (executions(world.story, machine) - known) or None,
            "a release that the approval begins",
            within=5,
        )
        ended(world, begun.pop())
    finally:
        events.disable_rule(Name=rule)


RELEASING = ("Release", "ReleaseCanary")
SEGMENTS = (
    Segment("nothing to release", RELEASING, _nothing_to_release),
    Segment("a new model over the canary", RELEASING, _new_model),
    Segment("a lock that was left", RELEASING, _nothing_to_release, before=_leave_stale_lock),
    Segment("a release breaks off", (*RELEASING, "Tell"), _broken_release, before=forget_messages),
    Segment("an approval begins a release", ("ReleaseRoadEvents",), _approved),
)
