"""CDK apps that know nothing of this project, in the three versions that the test deploys.

Written after the CDK's own documentation of the constructs that it uses. One process makes all
assemblies, as importing the library costs more than a synthesis.
"""

import sys
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_codedeploy as codedeploy
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_notifications as notifications
from aws_cdk import aws_sqs as sqs
from aws_cdk import custom_resources as custom
from constructs import Construct

HERE = Path(__file__).parent
VERSIONS = ("first", "second", "broken")


class Collector(cdk.Stack):
    """Whatever is put under inbox/ is measured, and the measure kept in a table."""

    def __init__(self, scope: Construct, id: str, *, version: str) -> None:
        super().__init__(scope, id)
        bucket = s3.Bucket(
            self,
            "Inbox",
            auto_delete_objects=True,
            removal_policy=cdk.RemovalPolicy.DESTROY,
            enforce_ssl=True,
            versioned=True,
        )
        table = dynamodb.Table(
            self,
            "Measures",
            partition_key=dynamodb.Attribute(name="key", type=dynamodb.AttributeType.STRING),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        function = lambda_.Function(
            self,
            "Measure",
            runtime=lambda_.Runtime.PYTHON_3_13,
            handler="handler.handler",
            code=lambda_.Code.from_asset(str(HERE / "collector")),
            environment={"TABLE": table.table_name, "LABEL": version},
            log_retention=logs.RetentionDays.ONE_WEEK,
        )
        bucket.grant_read(function)
        table.grant_write_data(function)
        bucket.add_event_notification(
            s3.EventType.OBJECT_CREATED,
            notifications.LambdaDestination(function),
            s3.NotificationKeyFilter(prefix="inbox/"),
        )
        cdk.CfnOutput(self, "Bucket", value=bucket.bucket_name)
        cdk.CfnOutput(self, "Table", value=table.table_name)
        cdk.CfnOutput(self, "LogGroup", value=function.log_group.log_group_name)


class Worker(cdk.Stack):
    """A queue's messages are worked on by an alias that CodeDeploy moves, a canary first."""

    def __init__(self, scope: Construct, id: str, *, version: str) -> None:
        super().__init__(scope, id)
        dead = sqs.Queue(self, "Dead")
        queue = sqs.Queue(
            self,
            "Work",
            visibility_timeout=cdk.Duration.seconds(4),
            dead_letter_queue=sqs.DeadLetterQueue(queue=dead, max_receive_count=2),
        )
        table = dynamodb.Table(
            self,
            "Done",
            partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        function = lambda_.Function(
            self,
            "Function",
            runtime=lambda_.Runtime.PYTHON_3_13,
            handler="handler.handler",
            code=lambda_.Code.from_asset(str(HERE / "worker")),
            environment={"TABLE": table.table_name, "VERSION": version},
            timeout=cdk.Duration.seconds(4),
        )
        table.grant_write_data(function)
        live = lambda_.Alias(self, "Live", alias_name="live", version=function.current_version)
        live.add_event_source(
            sources.SqsEventSource(queue, batch_size=3, report_batch_item_failures=True)
        )
        check = lambda_.Function(
            self,
            "Check",
            runtime=lambda_.Runtime.PYTHON_3_13,
            handler="check.handler",
            code=lambda_.Code.from_asset(str(HERE / "worker")),
            environment={"TARGET": function.current_version.function_arn},
        )
        function.current_version.grant_invoke(check)
        errors = cloudwatch.Alarm(
            self,
            "Errors",
            metric=live.metric_errors(period=cdk.Duration.minutes(1)),
            threshold=1,
            evaluation_periods=1,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        third = codedeploy.LambdaDeploymentConfig(
            self,
            "Third",
            traffic_routing=codedeploy.TimeBasedCanaryTrafficRouting(
                interval=cdk.Duration.minutes(5), percentage=33
            ),
        )
        group = codedeploy.LambdaDeploymentGroup(
            self,
            "Canary",
            alias=live,
            deployment_config=third,
            alarms=[errors],
            pre_hook=check,
        )
        for name, value in {
            "Queue": queue.queue_url,
            "Dead": dead.queue_url,
            "Table": table.table_name,
            "Function": function.function_name,
            "Application": group.application.application_name,
            "Group": group.deployment_group_name,
        }.items():
            cdk.CfnOutput(self, name + "Name", value=value)


class Provided(cdk.Stack):
    """The CDK's own frameworks for custom resources, both of them Node functions."""

    def __init__(self, scope: Construct, id: str, *, version: str) -> None:
        super().__init__(scope, id)
        begin, ended = (
            lambda_.Function(
                self,
                name,
                runtime=lambda_.Runtime.PYTHON_3_13,
                handler=f"provider.{name.lower()}",
                code=lambda_.Code.from_asset(str(HERE / "provided")),
            )
            for name in ("Begin", "Ended")
        )
        provider = custom.Provider(
            self,
            "Provider",
            on_event_handler=begin,
            is_complete_handler=ended,
            query_interval=cdk.Duration.seconds(10),
        )
        slow = cdk.CustomResource(
            self, "Slow", service_token=provider.service_token, properties={"Version": version}
        )
        name = "/provided/by-a-call"
        custom.AwsCustomResource(
            self,
            "Call",
            on_create=custom.AwsSdkCall(
                service="SSM",
                action="putParameter",
                parameters={
                    "Name": name,
                    "Value": slow.get_att_string("Greeting"),
                    "Type": "String",
                },
                physical_resource_id=custom.PhysicalResourceId.of(name),
            ),
            on_delete=custom.AwsSdkCall(
                service="SSM", action="deleteParameter", parameters={"Name": name}
            ),
            policy=custom.AwsCustomResourcePolicy.from_sdk_calls(
                resources=custom.AwsCustomResourcePolicy.ANY_RESOURCE
            ),
            install_latest_aws_sdk=False,
        )


def main(out: Path) -> None:
    for version in VERSIONS:
        app = cdk.App(outdir=str(out / version), analytics_reporting=False)
        Collector(app, "Collector", version=version)
        Worker(app, "Worker", version=version)
        Provided(app, "Provided", version=version)
        app.synth()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
