"""The environment's one key, and the services that may use it."""

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from infra.environments import Environment


class Key(kms.Key):
    """An encrypted topic drops alarms without a word unless their senders are named here."""

    def __init__(self, scope: Construct, id: str, *, environment: Environment) -> None:
        super().__init__(
            scope,
            id,
            description=f"Penstock {environment.name}: lake, artifacts, table, logs, alarms",
            enable_key_rotation=True,
            removal_policy=environment.removal_policy,
        )
        stack = Stack.of(self)
        logs = f"arn:{stack.partition}:logs:{stack.region}:{stack.account}:*"
        self.add_to_resource_policy(
            iam.PolicyStatement(
                sid="LogGroupsOfThisAccount",
                principals=[iam.ServicePrincipal(f"logs.{stack.region}.amazonaws.com")],
                actions=[
                    "kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo",
                    "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:DescribeKey",
                ],
                resources=["*"],  # in a key's policy: this key
                conditions={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": logs}},
            )
        )  # fmt: skip
        self.add_to_resource_policy(
            iam.PolicyStatement(
                sid="SendersOfAlarms",
                principals=[
                    iam.ServicePrincipal("cloudwatch.amazonaws.com"),
                    iam.ServicePrincipal("events.amazonaws.com"),
                ],
                # No source conditions: these services send none with the key.
                actions=["kms:Decrypt", "kms:GenerateDataKey"],
                resources=["*"],  # in a key's policy: this key
            )
        )
        self.add_to_resource_policy(
            iam.PolicyStatement(
                sid="Budgets",
                principals=[iam.ServicePrincipal("budgets.amazonaws.com")],
                actions=["kms:Decrypt", "kms:GenerateDataKey"],
                resources=["*"],  # in a key's policy: this key
                conditions=of_budgets(self),
            )
        )


def of_budgets(scope: Construct) -> dict[str, dict[str, str]]:
    """This account's budgets, as the service names itself when it publishes."""
    stack = Stack.of(scope)
    return {
        "StringEquals": {"aws:SourceAccount": stack.account},
        "ArnLike": {"aws:SourceArn": f"arn:{stack.partition}:budgets::{stack.account}:*"},
    }
