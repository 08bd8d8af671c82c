"""An endpoint's instances follow its traffic, where the use case says so."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws

from functions.shared import endpoint_scaling
from penstock.events import VARIANT
from penstock.serving import Endpoint

NAME = "penstock-dev-triage-live"


@pytest.fixture
def client() -> Iterator[Any]:
    with mock_aws():
        yield boto3.client("application-autoscaling", region_name="us-east-1")


def settings(**given: Any) -> dict[str, Any]:
    """As usecase.json has them."""
    return Endpoint(**given).model_dump(mode="json")


def targets(client: Any) -> list[tuple[str, int, int]]:
    found = client.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]
    return [(t["ResourceId"], t["MinCapacity"], t["MaxCapacity"]) for t in found]


def policies(client: Any) -> list[dict[str, Any]]:
    return list(client.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"])


def test_it_scales_between_its_numbers_of_instances(client: Any) -> None:
    wanted = settings(instances=2, max_instances=5, invocations_per_instance=300)
    endpoint_scaling.apply(client, NAME, VARIANT, wanted)
    endpoint_scaling.apply(client, NAME, VARIANT, wanted)  # every release does it again
    assert targets(client) == [(f"endpoint/{NAME}/variant/AllTraffic", 2, 5)]
    (policy,) = policies(client)
    followed = policy["TargetTrackingScalingPolicyConfiguration"]
    assert followed["TargetValue"] == 300
    metric = followed["PredefinedMetricSpecification"]["PredefinedMetricType"]
    assert metric == "SageMakerVariantInvocationsPerInstance"


@pytest.mark.parametrize("most", [None, 2])
def test_a_use_case_that_no_longer_scales_is_no_target_any_more(
    client: Any, most: int | None
) -> None:
    endpoint_scaling.apply(client, NAME, VARIANT, settings(instances=2, max_instances=5))
    endpoint_scaling.apply(client, NAME, VARIANT, settings(instances=2, max_instances=most))
    assert targets(client) == []


def test_what_is_no_target_can_be_withdrawn(client: Any) -> None:
    """A teardown may be repeated, and most use cases never scaled; moto has another error here."""
    with Stubber(client) as aws:
        aws.add_client_error("deregister_scalable_target", "ObjectNotFoundException")
        endpoint_scaling.withdraw(client, NAME, VARIANT)
        aws.assert_no_pending_responses()
