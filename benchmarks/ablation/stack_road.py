"""Segments of the stack's own life: its machines changed, its alias made, everything taken down.

The custom resources are played by small stacks of their own that name the deployed functions, so
that the use case's stack stays for the next segment.
"""

from __future__ import annotations

import json
from typing import Any

from benchmarks.ablation import remains
from benchmarks.ablation.segment import Segment
from benchmarks.ablation.world import Unexpected, World, now
from penstock import layout

STACK = "Ablation"


def _machines_updated(world: World) -> None:
    """A deployment that changes a state machine: AWS tries what its role must be able to do."""
    for machine in (world.stack.train_state_machine_arn, world.stack.release_state_machine_arn):
        deployed_again(world, machine)


def deployed_again(world: World, machine: str) -> None:
    states = world.aws("stepfunctions")
    found = states.describe_state_machine(stateMachineArn=machine)
    try:
        states.update_state_machine(
            stateMachineArn=machine,
            definition=found["definition"],
            loggingConfiguration=found["loggingConfiguration"],
        )
    except states.exceptions.ClientError as error:
        raise Unexpected(f"the machine cannot be deployed: {error}") from error


def _create(world: World, kind: str, maker: str, properties: dict[str, Any]) -> None:
    token = world.aws("lambda").get_function_configuration(FunctionName=world.function(maker))
    resource = {
        "Type": f"Custom::{kind}",
        "Properties": {"ServiceToken": token["FunctionArn"], **properties},
    }
    template = json.dumps({"Resources": {"Resource": resource}})
    world.aws("cloudformation").create_stack(StackName=STACK, TemplateBody=template)
    _expect_stack(world, "CREATE_COMPLETE")


def _delete(world: World) -> None:
    world.aws("cloudformation").delete_stack(StackName=STACK)
    _expect_stack(world, "DELETE_COMPLETE")


def _expect_stack(world: World, wanted: str) -> None:
    client = world.aws("cloudformation")

    def status() -> tuple[str, str] | None:
        try:
            (stack,) = client.describe_stacks(StackName=STACK)["Stacks"]
        except client.exceptions.ClientError:
            return ("DELETE_COMPLETE", "")
        moving = stack["StackStatus"].endswith("_IN_PROGRESS")
        return None if moving else (stack["StackStatus"], stack.get("StackStatusReason", ""))

    found, why = world.until(status, f"{wanted} of the stack", within=30)
    if found != wanted:
        raise Unexpected(f"the stack is {found}, not {wanted}: {why[:300]}")


def _alias_made(world: World) -> None:
    """An alias on a version without a model; and it goes with its stack."""
    since = now()
    function, alias = world.stack.predict_function_name, f"ablation-{next(world.numbers)}"
    _create(world, "LiveAlias", "LiveAliasMaker", {"FunctionName": function, "AliasName": alias})
    world.aws("lambda").get_alias(FunctionName=function, Name=alias)
    _delete(world)
    world.expect_function_logged("LiveAliasMaker", since)


def _fill(world: World) -> None:
    """Something of each kind that a teardown must end, and the stack that asks for it."""
    world.settle()
    _delete(world)
    artifacts, lake = world.stack.artifacts_bucket, world.stack.lake_bucket
    for bucket, stage in ((lake, layout.REJECTED), (artifacts, layout.EVALUATIONS)):
        key = f"{stage}/{world.name}/ablation.txt"
        world.aws("s3").put_object(Bucket=bucket, Key=key, Body=b"to be removed")
    remains.keep_a_package(world)
    _create(world, "Teardown", "TeardownRemover", _what_to_remove(world))
    remains.start_executions(world)
    remains.start_deployment(world)
    remains.start_job(world)  # last: without its data it does not run for long


def _torn_down(world: World) -> None:
    since = now()
    _delete(world)
    world.expect_function_logged("TeardownRemover", since)
    if found := remains.left(world):
        raise Unexpected(f"there are left: {', '.join(found)}")


def _what_to_remove(world: World) -> dict[str, Any]:
    lake = (
        layout.RAW, layout.CURATED, layout.REJECTED, layout.PREPARED, layout.PREDICTIONS,
        layout.MONITORING, layout.QUERIES, layout.LABELS, layout.PENDING, layout.LABELLED,
    )  # fmt: skip
    artifacts = (layout.MODELS, layout.EVALUATIONS, layout.RELEASES)
    stages = [(world.stack.lake_bucket, stage) for stage in lake]
    stages += [(world.stack.artifacts_bucket, stage) for stage in artifacts]
    return {
        "StateMachineArns": [
            world.stack.train_state_machine_arn,
            world.stack.release_state_machine_arn,
        ],
        "TrainingJobPrefix": f"{world.name}-20",
        "ModelPackageGroup": world.stack.model_package_group,
        "CodeDeployApplication": world.application,
        "DeploymentGroup": world.deployment_group,
        "FunctionName": world.stack.predict_function_name,
        "EmptyPrefixes": [layout.uri(bucket, f"{stage}/{world.name}/") for bucket, stage in stages],
    }


MAKER, REMOVER = ("LiveAliasMaker",), ("TeardownRemover",)
SEGMENTS = (
    Segment("the machines are deployed again", ("Release", "Train"), _machines_updated),
    Segment("the alias is made and removed", MAKER, _alias_made, before=_delete),
    Segment(
        "everything is taken down", REMOVER, _torn_down, before=_fill, after=_delete, wipes=True
    ),
)
