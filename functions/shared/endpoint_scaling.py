"""How many instances an endpoint has, left to its traffic: a scalable target and one policy.

The target stands beside the endpoint, must be gone before an update that changes the type of the
instances, and outlives an endpoint that is deleted without it.
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

POLICY = "invocations"


def apply(client: Any, endpoint: str, variant: str, settings: Mapping[str, Any]) -> None:
    """Between `instances` and `max_instances`, so that each gets about `invocations_per_instance`
    a minute; no target where they are the same. The endpoint must be in service."""
    least, most = settings["instances"], settings["max_instances"] or settings["instances"]
    if least == most:
        return withdraw(client, endpoint, variant)
    target = _target(endpoint, variant)
    client.register_scalable_target(**target, MinCapacity=least, MaxCapacity=most)
    client.put_scaling_policy(
        **target,
        PolicyName=POLICY,
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": float(settings["invocations_per_instance"]),
            "PredefinedMetricSpecification": {
                "PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"
            },
        },
    )


def withdraw(client: Any, endpoint: str, variant: str) -> None:
    """Its policy, and the policy's alarms, go with the target."""
    with suppress(client.exceptions.ObjectNotFoundException):
        client.deregister_scalable_target(**_target(endpoint, variant))


def _target(endpoint: str, variant: str) -> dict[str, str]:
    return {
        "ServiceNamespace": "sagemaker",
        "ResourceId": f"endpoint/{endpoint}/variant/{variant}",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    }
