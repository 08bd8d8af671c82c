"""The one way to make a state machine: own role, logs without data, tracing, a time limit."""

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import Duration, Names, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra import grants
from infra.function import Function
from infra.nag import acknowledge, acknowledge_wildcard
from infra.site import Site

# What Lambda itself answers when it, not our code, had a moment of weakness.
TRANSIENT = (
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
)


def retry(
    errors: Sequence[str] = TRANSIENT, *, seconds: int = 2, attempts: int = 4, backoff: float = 2.0
) -> dict[str, Any]:
    return {
        "ErrorEquals": list(errors),
        "IntervalSeconds": seconds,
        "MaxAttempts": attempts,
        "BackoffRate": backoff,
    }


class StateMachine(sfn.StateMachine):
    """Its tasks are written in the language that the console and an execution's history show."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        site: Site,
        definition: sfn.IChainable,
        role: iam.Role,
        timeout: Duration,
    ) -> None:
        group = logs.LogGroup(
            scope,
            f"{id}Logs",
            # The prefix keeps the account's one log resource policy from growing with each machine.
            log_group_name=f"/aws/vendedlogs/states/{Names.unique_resource_name(scope)}-{id}",
            retention=site.environment.log_retention,
            encryption_key=site.platform.key,
            removal_policy=site.environment.removal_policy,
        )
        super().__init__(
            scope,
            id,
            definition_body=sfn.DefinitionBody.from_chainable(definition),
            role=role,
            timeout=timeout,
            tracing_enabled=True,
            logs=sfn.LogOptions(
                destination=group, level=sfn.LogLevel.ERROR, include_execution_data=False
            ),
        )
        acknowledge_wildcard(role, "*", "X-Ray and log delivery take no resource")
        acknowledge(self, SF1="errors only: the execution's history has the rest, without a bill")

    def failed(self) -> cloudwatch.Metric:
        return self.metric_failed(period=Duration.minutes(5), statistic="Sum")


def integration(scope: Construct, name: str) -> str:
    """The ARN of a service integration, as `sagemaker:createTrainingJob.sync`."""
    return f"arn:{Stack.of(scope).partition}:states:::{name}"


def call(
    scope: Construct,
    id: str,
    *,
    api: str,
    parameters: Mapping[str, Any],
    result_path: str,
    busy: str,
    keep: Mapping[str, str] | None = None,
) -> sfn.CustomState:
    """A state that asks AWS itself (`codedeploy:getDeployment`), again after the error `busy`;
    `keep` selects of the answer."""
    return sfn.CustomState(
        scope,
        id,
        state_json={
            "Type": "Task",
            "Resource": integration(scope, f"aws-sdk:{api}"),
            "Parameters": dict(parameters),
            **({"ResultSelector": dict(keep)} if keep else {}),
            "ResultPath": result_path,
            "Retry": [retry((busy,), attempts=3)],
        },
    )


def invoke(
    scope: Construct,
    id: str,
    *,
    function: Function,
    role: iam.Role,
    payload: Mapping[str, Any] | None = None,
    result_path: str,
    retries: Sequence[Mapping[str, Any]] = (),
) -> sfn.CustomState:
    """A state that calls a function; the role may call this one, not each of its versions.

    Without a payload the function is given the whole state.
    """
    grants.allow(role, "lambda:InvokeFunction", on=[function.arn])
    return sfn.CustomState(
        scope,
        id,
        state_json={
            "Type": "Task",
            "Resource": function.arn,
            **({"Parameters": dict(payload)} if payload else {}),
            "ResultPath": result_path,
            "Retry": [*retries, retry()],
        },
    )
