"""Permissions as narrow as the code: single actions, one use case's prefixes, one key.

A resource with a `*` is refused unless the call says why it cannot be named.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct, IConstruct

from infra.nag import acknowledge_wildcard, has_wildcard

Conditions = Mapping[str, Mapping[str, Any]]

NO_RESOURCE = "the action is of the account and takes no resource"
AT_RUN_TIME = "what runs and what was made got its name at run time"
VERSIONS = "versions get their numbers when they are published"
BY_PREFIX = "objects are made at run time: their prefix names them"


def role(
    scope: Construct, id: str, service: str, *, conditions: Conditions | None = None
) -> iam.Role:
    """A role for an AWS service, without a managed policy."""
    principal = iam.ServicePrincipal(service, conditions=dict(conditions or {}))
    return iam.Role(scope, id, assumed_by=principal)


def allow(
    grantee: iam.IRole,
    *actions: str,
    on: Sequence[str],
    when: Conditions | None = None,
    why: str | None = None,
) -> None:
    """`why` is the reason for each `*` in `on`; without a `*` there is nothing to excuse."""
    _excuse(grantee, on, why)
    grantee.add_to_principal_policy(_statement(actions, on, when))


def allow_separately(
    scope: Construct, id: str, grantee: iam.IRole, *actions: str, on: Sequence[str], why: str
) -> None:
    """A policy that is no part of its role, for what is made after the role's user."""
    policy = iam.Policy(scope, id, roles=[grantee], statements=[_statement(actions, on, None)])
    _excuse(policy, on, why)


def read(
    grantee: iam.IRole, bucket: s3.IBucket, *prefixes: str, action: str = "s3:GetObject"
) -> None:
    """Objects under prefixes (`raw/x/`). A key that is not there is refused like a foreign one."""
    allow(grantee, action, on=object_arns(bucket, prefixes), why=BY_PREFIX)
    if bucket.encryption_key:
        allow(grantee, "kms:Decrypt", on=[bucket.encryption_key.key_arn])


def read_versions(grantee: iam.IRole, bucket: s3.IBucket, *prefixes: str) -> None:
    """As `read`, of the versions that the request names."""
    read(grantee, bucket, *prefixes, action="s3:GetObjectVersion")


def write(grantee: iam.IRole, bucket: s3.IBucket, *prefixes: str) -> None:
    """New objects, and new versions of old ones, under prefixes."""
    allow(grantee, "s3:PutObject", on=object_arns(bucket, prefixes), why=BY_PREFIX)
    if bucket.encryption_key:
        allow(grantee, "kms:GenerateDataKey", on=[bucket.encryption_key.key_arn])


def see_alarms(grantee: iam.IRole) -> None:
    """CloudWatch checks every DescribeAlarms, of one alarm too, against all of them."""
    stack = Stack.of(grantee)
    every = stack.format_arn(
        service="cloudwatch",
        resource="alarm",
        resource_name="*",
        arn_format=ArnFormat.COLON_RESOURCE_NAME,
    )
    allow(
        grantee, "cloudwatch:DescribeAlarms", on=[every], why="a list of alarms is of the account"
    )


def put_metrics(grantee: iam.IRole, namespace: str) -> None:
    """Into one namespace: PutMetricData takes no resource."""
    own = {"StringEquals": {"cloudwatch:namespace": namespace}}
    allow(grantee, "cloudwatch:PutMetricData", on=["*"], why=NO_RESOURCE, when=own)


def list_objects(
    grantee: iam.IRole, bucket: s3.IBucket, *prefixes: str, action: str = "s3:ListBucket"
) -> None:
    """Which keys there are under prefixes; a request that names no such prefix is refused."""
    wanted = [f"{prefix}*" for prefix in prefixes]
    allow(grantee, action, on=[bucket.bucket_arn], when={"StringLike": {"s3:prefix": wanted}})


def use_table(
    grantee: iam.IRole, table: dynamodb.TableV2, *actions: str, keys: Sequence[str]
) -> None:
    """The rows of one use case: `keys` are the partition keys that the code names."""
    rows = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": list(keys)}}
    allow(grantee, *actions, on=[table.table_arn], when=rows)
    if table.encryption_key:
        allow(grantee, "kms:Decrypt", on=[table.encryption_key.key_arn])


def object_arns(bucket: s3.IBucket, prefixes: Sequence[str]) -> list[str]:
    """By the platform's export, which is how the template and its findings will name them."""
    arn = Stack.of(bucket).export_value(bucket.bucket_arn)
    return [f"{arn}/{prefix}*" for prefix in prefixes]


def _statement(
    actions: Sequence[str], on: Sequence[str], when: Conditions | None
) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        actions=list(actions), resources=list(on), conditions=dict(when or {})
    )


def _excuse(construct: IConstruct, on: Sequence[str], why: str | None) -> None:
    wild = [resource for resource in on if has_wildcard(construct, resource)]
    if wild and why is None:
        raise ValueError(f"{construct.node.path}: a `*` in {wild} without a reason (`why=`)")
    for resource in wild:
        acknowledge_wildcard(construct, resource, why or "")
