"""The function that releases an endpoint, and its permissions: every one is used."""

import json

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra import grants
from infra.endpoint import Endpoint
from infra.endpoint_scaling import let_scale
from infra.function import Function
from infra.release_function import releasing
from infra.site import Site
from penstock import layout


def release_function(
    scope: Construct, *, site: Site, endpoint: Endpoint, verdict: cloudwatch.Alarm
) -> Function:
    """A module a step, told of everything that it moves."""
    function = releasing(
        scope,
        site=site,
        served=endpoint,
        verdict=verdict,
        environment={
            "SLUG": site.slug,
            "ENDPOINT_NAME": endpoint.name,
            "TRIAL_NAME": endpoint.trial_name,
            "ENDPOINT_ROLE_ARN": endpoint.role.role_arn,
            "IMAGE_URI": endpoint.image,
            "CONTAINER_ENVIRONMENT": json.dumps(endpoint.environment, sort_keys=True),
        },
        handler="endpoint.handler",
    )
    _let_make(function, site, endpoint)
    _let_move(function, site, endpoint)
    return function


def _let_make(function: Function, site: Site, endpoint: Endpoint) -> None:
    """Models, their archives and configurations."""
    role, artifacts = function.role, site.platform.artifacts
    packed = layout.endpoints_prefix(site.usecase.name)
    grants.write(role, artifacts, packed)
    grants.allow(
        role,
        "s3:DeleteObject",
        "s3:AbortMultipartUpload",
        on=grants.object_arns(artifacts, [packed]),
        why=grants.BY_PREFIX,
    )
    for kind, word in (("Model", "model"), ("EndpointConfig", "endpoint-config")):
        grants.allow(
            role,
            *(f"sagemaker:{verb}{kind}" for verb in ("Create", "Describe", "Delete")),
            "sagemaker:AddTags",
            on=[site.arn(function, "sagemaker", f"{word}/{site.slug}-*")],
            why=grants.AT_RUN_TIME,
        )
    grants.allow(
        role,
        "sagemaker:ListModels",
        "sagemaker:ListEndpointConfigs",
        on=["*"],
        why=grants.NO_RESOURCE,
    )
    grants.allow(
        role,
        "iam:PassRole",
        on=[endpoint.role.role_arn],
        when={"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
    )


def _let_move(function: Function, site: Site, endpoint: Endpoint) -> None:
    """The endpoint, and the one on which a model is tried."""
    role = function.role
    live, trial = (
        site.arn(function, "sagemaker", f"endpoint/{name}")
        for name in (endpoint.name, endpoint.trial_name)
    )
    configs = site.arn(function, "sagemaker", f"endpoint-config/{site.slug}-*")
    grants.allow(
        role,
        "sagemaker:CreateEndpoint",
        "sagemaker:DescribeEndpoint",
        "sagemaker:DeleteEndpoint",
        "sagemaker:AddTags",
        on=[live, trial],
    )
    grants.allow(role, "sagemaker:UpdateEndpoint", on=[live])
    grants.allow(role, "sagemaker:InvokeEndpoint", on=[trial])
    grants.allow(
        role,
        "sagemaker:CreateEndpoint",
        "sagemaker:UpdateEndpoint",
        on=[configs],
        why=grants.AT_RUN_TIME,
    )
    if site.usecase.serving.mode == "endpoint":
        let_scale(role, site, endpoint.name)
