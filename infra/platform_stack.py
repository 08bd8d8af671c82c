"""What an environment's use cases share: key, lake, artifacts, table, alarm topic, catalog."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.buckets import Bucket, access_log_bucket
from infra.environments import Environment
from infra.key import Key, of_budgets
from penstock import layout


class PlatformStack(cdk.Stack):
    """Deployed once an environment, before its use cases."""

    def __init__(
        self, scope: Construct, id: str, *, environment: Environment, **kwargs: Any
    ) -> None:
        super().__init__(
            scope,
            id,
            env=cdk.Environment(region=environment.region),
            termination_protection=environment.retain_data,
            **kwargs,
        )
        cdk.Tags.of(self).add("environment", environment.name)
        self.deployed_as = environment
        self.key = Key(self, "Key", environment=environment)
        logs = access_log_bucket(self, environment)
        self.lake = Bucket(
            self,
            "Lake",
            environment=environment,
            key=self.key,
            access_logs=logs,
            tidied=[
                layout.CURATED,
                layout.PREPARED,
                layout.PREDICTIONS,
                layout.PENDING,
                layout.LABELLED,
                layout.MONITORING,
                layout.QUERIES,
            ],
            # All are made anew from what they were made of.
            lifecycle_rules=[
                s3.LifecycleRule(prefix=f"{layout.PREPARED}/", expiration=cdk.Duration.days(90)),
                s3.LifecycleRule(prefix=f"{layout.MONITORING}/", expiration=cdk.Duration.days(365)),
                s3.LifecycleRule(prefix=f"{layout.QUERIES}/", expiration=cdk.Duration.days(1)),
            ],
        )
        # No model expires: a version that is live, or that we go back to, was made of it.
        self.artifacts = Bucket(
            self,
            "Artifacts",
            environment=environment,
            key=self.key,
            access_logs=logs,
            tidied=[layout.EVALUATIONS, layout.RELEASES],
            # A release deletes what it staged; this is for one that could not.
            lifecycle_rules=[
                s3.LifecycleRule(prefix=f"{layout.RELEASES}/", expiration=cdk.Duration.days(1))
            ],
        )
        self.table = dynamodb.TableV2(
            self,
            "Table",
            partition_key=dynamodb.Attribute(name="pk", type=dynamodb.AttributeType.STRING),
            sort_key=dynamodb.Attribute(name="sk", type=dynamodb.AttributeType.STRING),
            billing=dynamodb.Billing.on_demand(),
            encryption=dynamodb.TableEncryptionV2.customer_managed_key(self.key),
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            time_to_live_attribute="ttl",
            removal_policy=environment.removal_policy,
        )
        self.alarms = sns.Topic(self, "Alarms", master_key=self.key, enforce_ssl=True)
        self.alarms.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[self.alarms.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": self.account}},
            )
        )
        self.alarms.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("budgets.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[self.alarms.topic_arn],
                conditions=of_budgets(self),
            )
        )
        self.alarm_action = actions.SnsAction(self.alarms)
        self.database = glue.CfnDatabase(
            self,
            "Catalog",
            catalog_id=self.account,
            database_input=glue.CfnDatabase.DatabaseInputProperty(
                name=f"penstock_{environment.name}", description="What the lake holds, for Athena"
            ),
        )
        for name, value in {
            "LakeBucket": self.lake.bucket_name,
            "ArtifactsBucket": self.artifacts.bucket_name,
            "TableName": self.table.table_name,
            "AlarmTopicArn": self.alarms.topic_arn,
            "GlueDatabase": self.database.ref,
        }.items():
            # Prefixed: the bare names are those of the constructs they speak of.
            cdk.CfnOutput(self, f"Output{name}", value=value).override_logical_id(name)
