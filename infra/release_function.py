"""The release's function and its permissions: the widest of all, and every one is used."""

from collections.abc import Mapping

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra import grants
from infra.canary import Canary
from infra.endpoint import Endpoint
from infra.function import Function
from infra.predict import Predict
from infra.site import Site
from penstock import layout
from penstock.events import ALIAS, NAMESPACE


def release_function(scope: Construct, *, site: Site, predict: Predict, canary: Canary) -> Function:
    """A module a step, told of everything that it moves."""
    function = releasing(
        scope,
        site=site,
        served=predict,
        verdict=canary.verdict,
        environment={
            "PREDICT_FUNCTION": predict.function.name,
            "ALIAS": ALIAS,
            "CODEDEPLOY_APPLICATION": canary.application.application_name,
            "DEPLOYMENT_GROUP": canary.group.ref,
        },
    )
    _let_move(function, site, predict, canary)
    return function


def releasing(
    scope: Construct,
    *,
    site: Site,
    served: Predict | Endpoint,
    verdict: cloudwatch.Alarm,
    environment: Mapping[str, str],
    handler: str = "handler",
) -> Function:
    """What is released is for the caller to say, to grant, and to add to the environment."""
    platform = site.platform
    function = Function(
        scope,
        "Release",
        site=site,
        stage="release",
        handler=handler,
        layers=["tools"],
        environment={
            "ENVIRONMENT": site.environment.name,
            "TABLE_NAME": platform.table.table_name,
            "ARTIFACTS_BUCKET": platform.artifacts.bucket_name,
            "CODE_BUCKET": served.package.s3_bucket_name,
            "CODE_KEY": served.package.s3_object_key,
            "VERDICT_ALARM": verdict.alarm_name,
            "PREDICT_LOG_GROUP": served.log_group.log_group_name,
            "STACK_NAME": Stack.of(scope).stack_name,
            **environment,
        },
        timeout=Duration.minutes(10),
    )
    _let_release(function, site, served)
    return function


def _let_release(function: Function, site: Site, served: Predict | Endpoint) -> None:
    """Read code, model and records; write rows and a verdict."""
    role, usecase, platform = function.role, site.usecase.name, site.platform
    grants.read_versions(role, platform.artifacts, layout.models_prefix(usecase))
    code = served.package
    grants.allow(role, "s3:GetObject", on=[code.bucket.arn_for_objects(code.s3_object_key)])
    grants.use_table(
        role,
        platform.table,
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:DeleteItem",
        keys=[f"{kind}#{usecase}" for kind in ("lock", "champion", "history", "key")],
    )
    grants.allow(
        role,
        "sagemaker:DescribeModelPackage",
        on=[site.arn(function, "sagemaker", f"model-package/{site.slug}/*")],
        why="a package gets its number when it is registered",
    )
    grants.allow(role, "logs:FilterLogEvents", on=[served.log_group.log_group_arn])
    grants.put_metrics(role, NAMESPACE)
    grants.allow(role, "cloudwatch:GetMetricStatistics", on=["*"], why=grants.NO_RESOURCE)
    grants.see_alarms(role)


def _let_move(function: Function, site: Site, predict: Predict, canary: Canary) -> None:
    role, platform = function.role, site.platform
    grants.allow(
        role,
        "lambda:GetAlias",
        "lambda:UpdateAlias",
        "lambda:GetFunctionConfiguration",
        "lambda:UpdateFunctionCode",
        "lambda:PublishVersion",
        "lambda:ListVersionsByFunction",
        on=[predict.function.arn, f"{predict.function.arn}:*"],
        why=grants.VERSIONS,
    )
    # Of versions only: it must not be able to delete the function itself.
    grants.allow(
        role,
        "lambda:DeleteFunction",
        "lambda:InvokeFunction",
        on=[f"{predict.function.arn}:*"],
        why=grants.VERSIONS,
    )
    packages = f"{layout.RELEASES}/{site.usecase.name}/"
    grants.read(role, platform.artifacts, packages)
    grants.write(role, platform.artifacts, packages)
    grants.allow(
        role,
        "s3:DeleteObject",
        on=grants.object_arns(platform.artifacts, [packages]),
        why=grants.BY_PREFIX,
    )
    grants.allow(
        role,
        "codedeploy:GetDeployment",
        "codedeploy:ListDeployments",
        on=[site.arn(function, "codedeploy", canary.group_arn_resource)],
    )
    grants.allow(role, "codedeploy:StopDeployment", on=["*"], why=grants.NO_RESOURCE)
