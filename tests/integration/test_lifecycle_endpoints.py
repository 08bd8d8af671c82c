"""What releases of an endpoint made goes with the stack, or with the mode of serving."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import endpoint_world
import pytest
from endpoint_world import LIVE, SLUG, TRIAL, EndpointWorld, canary, first

from functions.lifecycle.endpoints import Endpoints

PROPERTIES = {
    "Environment": "dev", "Usecase": "triage", "Mode": "endpoint", "Slug": SLUG,
    "Endpoints": [LIVE, TRIAL], "Archives": "s3://artifacts/endpoints/triage/",
}  # fmt: skip


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EndpointWorld]:
    yield from endpoint_world.made(tmp_path, monkeypatch)


def remover(world: EndpointWorld, naps: list[float] | None = None) -> Endpoints:
    clients = {
        "sagemaker": world.sagemaker, "application-autoscaling": world.scaling,
        "cloudwatch": world.aws.cloudwatch, "s3": world.s3,
    }  # fmt: skip
    naps = naps if naps is not None else []
    return Endpoints(clients.__getitem__, naps.append, lambda: float(sum(naps)))


def event(kind: str, **changes: Any) -> dict[str, Any]:
    known = f"{SLUG}:endpoint"
    more = {} if kind == "Create" else {"PhysicalResourceId": known}
    return {"RequestType": kind, "ResourceProperties": PROPERTIES | changes, **more}


def test_endpoints_configurations_models_archives_and_scaling_go_and_a_second_time_is_content(
    world: EndpointWorld,
) -> None:
    world.serve(max_instances=4)
    first(world)
    world.run(world.begin("m2"), "lock", "plan", "publish")
    world.sagemaker.models["penstock-dev-triage-two-0a1b2c3d-261121152701"] = {}
    for _ in range(2):
        remover(world).apply(event("Delete"))
        assert not world.sagemaker.endpoints
        assert not world.sagemaker.configs
        assert list(world.sagemaker.models) == ["penstock-dev-triage-two-0a1b2c3d-261121152701"]
        assert world.scaling.target is None
    left = boto3.client("s3").list_object_versions(Bucket="artifacts", Prefix="endpoints/")
    assert not left.get("Versions")


def test_creates_and_updates_remove_nothing(world: EndpointWorld) -> None:
    first(world)
    for kind in ("Create", "Update"):
        remover(world).apply(event(kind))
    assert LIVE in world.sagemaker.endpoints


def test_another_mode_is_another_resource_so_that_the_old_one_is_deleted(
    world: EndpointWorld,
) -> None:
    """SageMaker cannot make a serverless endpoint of one with instances."""
    ids = {remover(world).apply(event("Update", Mode=m))[0] for m in ("endpoint", "x", "endpoint")}
    assert ids == {f"{SLUG}:endpoint", f"{SLUG}:x"}


def test_a_change_of_mode_that_is_rolled_back_leaves_the_old_modes_endpoint(
    world: EndpointWorld,
) -> None:
    """CloudFormation deletes the new mode's resource then, whose properties name the same."""
    first(world)
    world.sagemaker.endpoints[LIVE]["ProductionVariants"] = [{"CurrentInstanceCount": 2}]
    remover(world).apply(event("Delete", Mode="serverless_endpoint"))
    assert world.sagemaker.endpoints[LIVE]["EndpointStatus"] == "InService"
    assert world.sagemaker.models
    remover(world).apply(event("Delete"))
    assert not world.sagemaker.endpoints


def test_an_update_under_way_is_made_to_end_and_then_the_endpoint_goes(
    world: EndpointWorld,
) -> None:
    """DeleteEndpoint is refused meanwhile; the verdict's alarm takes the update back."""
    first(world)
    canary(world)
    naps: list[float] = []

    class Rolled(list[float]):
        def append(self, seconds: float) -> None:
            naps.append(seconds)
            if len(naps) == 2:
                assert world.verdict() == 1.0
                world.sagemaker.finish(LIVE, failure="alarms were triggered")

    one = remover(world)
    Endpoints(one.client, Rolled().append, lambda: float(sum(naps))).apply(event("Delete"))
    assert not world.sagemaker.endpoints


def test_an_endpoint_that_does_not_end_fails_the_stacks_deletion_with_its_name(
    world: EndpointWorld,
) -> None:
    first(world)
    canary(world)
    with pytest.raises(TimeoutError, match=LIVE):
        remover(world).apply(event("Delete"))
