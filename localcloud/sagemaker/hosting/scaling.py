"""Application Auto Scaling, recorded: moto's store, with AWS's refusals that moto lacks.

Nothing is scaled by it. A target must name a variant of an endpoint that exists.
"""

from __future__ import annotations

import re

from localcloud.iam import arn
from localcloud.json_service import Document, Operation, ServiceError
from localcloud.moto_backend import backend, call, operation
from localcloud.sagemaker.hosting.state import kept

SERVICE = "application-autoscaling"
_MOTO = (
    "DeleteScheduledAction",
    "DescribeScalableTargets",
    "DescribeScalingPolicies",
    "DescribeScheduledActions",
    "PutScheduledAction",
)
_VARIANT = re.compile(r"endpoint/(?P<endpoint>[^/]+)/variant/(?P<variant>[^/]+)")
_TARGET = ("ServiceNamespace", "ResourceId", "ScalableDimension")


def operations() -> dict[str, Operation]:
    return {
        **{name: operation(SERVICE, name) for name in _MOTO},
        "DeleteScalingPolicy": delete,
        "DeregisterScalableTarget": deregister,
        "PutScalingPolicy": put,
        "RegisterScalableTarget": register,
    }


def resource(request: Document, operation: str) -> str:
    """A target's own number is not in the request; Describe operations are of no resource."""
    return "*" if operation.startswith("Describe") else arn(SERVICE, "scalable-target/*")


def register(request: Document) -> Document:
    if request["ServiceNamespace"] == "sagemaker":
        _check(request["ResourceId"])
    if not _registered(request) and {"MinCapacity", "MaxCapacity"} - request.keys():
        raise ServiceError(
            "ValidationException", "MinCapacity and MaxCapacity are needed for a new target"
        )
    if request.get("MinCapacity", 0) > request.get("MaxCapacity", float("inf")):
        raise ServiceError(
            "ValidationException", "Minimum capacity cannot be greater than maximum capacity"
        )
    return call(SERVICE, "RegisterScalableTarget", request)


def deregister(request: Document) -> Document:
    """Its policies go with it, as on AWS."""
    _check_registered(request)
    policies = backend("applicationautoscaling").policies
    for key, policy in list(policies.items()):
        theirs = policy.service_namespace, policy.resource_id, policy.scalable_dimension
        if theirs == tuple(request[name] for name in _TARGET):
            del policies[key]
    return call(SERVICE, "DeregisterScalableTarget", request)


def put(request: Document) -> Document:
    _check_registered(request)
    return call(SERVICE, "PutScalingPolicy", request)


def delete(request: Document) -> Document:
    try:
        return call(SERVICE, "DeleteScalingPolicy", request)
    except ServiceError as error:
        if error.message.startswith("No scaling policy found"):
            raise ServiceError("ObjectNotFoundException", error.message) from error
        raise


def _registered(request: Document) -> bool:
    targets = backend("applicationautoscaling").targets
    return request["ResourceId"] in targets.get(request["ScalableDimension"], {})


def _check_registered(request: Document) -> None:
    if not _registered(request):
        namespace, resource_id, dimension = (request[name] for name in _TARGET)
        raise ServiceError(
            "ObjectNotFoundException",
            f"No scalable target found for service namespace: {namespace}, resource ID: "
            f"{resource_id}, scalable dimension: {dimension}: it does not exist",
        )


def _check(resource_id: str) -> None:
    match = _VARIANT.fullmatch(resource_id)
    endpoint = kept().get(match["endpoint"]) if match else None
    variants = [one.name for one in endpoint.live.variants] if endpoint else []
    if match is None or match["variant"] not in variants:
        raise ServiceError(
            "ValidationException",
            f"Could not find a variant of an endpoint for the resource ID {resource_id}; "
            "expected endpoint/<name>/variant/<name>",
        )
