"""What every role of a SageMaker container may do: fetch its image, write its own log."""

from collections.abc import Sequence

from aws_cdk import Stack
from aws_cdk import aws_iam as iam

from infra import grants

ENDS_SO = "the name of a log group ends so in a policy"


def pull(role: iam.Role, image: str) -> None:
    """`image`: the URI, in AWS's own registry."""
    repository = Stack.of(role).format_arn(
        service="ecr",
        account=image.split(".")[0],
        resource="repository",
        resource_name=image.partition("/")[2].partition(":")[0],
    )
    grants.allow(
        role,
        "ecr:BatchGetImage",
        "ecr:GetDownloadUrlForLayer",
        "ecr:BatchCheckLayerAvailability",
        on=[repository],
    )
    grants.allow(role, "ecr:GetAuthorizationToken", on=["*"], why=grants.NO_RESOURCE)


def log(role: iam.Role, *groups: str, streams: Sequence[str], why: str) -> None:
    """`groups`: their ARNs without an end; `streams`: what the names of their streams begin with.

    SageMaker makes a group that is not there, and asks to even where it is.
    """
    grants.allow(
        role,
        "logs:CreateLogGroup",
        "logs:DescribeLogStreams",
        on=[f"{group}:*" for group in groups],
        why=ENDS_SO,
    )
    grants.allow(
        role,
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        on=[f"{group}:log-stream:{prefix}*" for group in groups for prefix in streams],
        why=why,
    )
