"""The one way to make a Lambda of ours: its package, its log group, a role that starts empty."""

from collections.abc import Mapping, Sequence

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra import grants
from infra.layers import LayerName
from infra.packaging import functions
from infra.site import Site


class Function(Construct):
    """`handler` is the function's module under functions/<stage>/."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        site: Site,
        stage: str,
        handler: str = "handler",
        layers: Sequence[LayerName],
        environment: Mapping[str, str],
        memory_mb: int = 1024,
        timeout: Duration,
    ) -> None:
        super().__init__(scope, id)
        self._site = site
        self.package = functions.build(stage, site.usecase, site.folder, site.target)
        self.log_group = logs.LogGroup(
            self,
            "Logs",
            retention=site.environment.log_retention,
            encryption_key=site.platform.key,
            removal_policy=site.environment.removal_policy,
        )
        self.role = grants.role(self, "Role", "lambda.amazonaws.com")
        grants.allow(
            self.role,
            "logs:CreateLogStream",
            "logs:PutLogEvents",
            on=[self.log_group.log_group_arn],
        )
        self.function = lambda_.Function(
            self,
            "Function",
            runtime=lambda_.Runtime.PYTHON_3_14,
            architecture=site.layers.architecture,
            handler=f"functions.{stage}.{handler}.handler",
            code=lambda_.Code.from_asset(str(self.package.path), asset_hash=self.package.sha256),
            layers=[site.layers[name] for name in layers],
            environment=dict(environment),
            memory_size=memory_mb,
            timeout=timeout,
            role=self.role,
            log_group=self.log_group,
        )

    @property
    def name(self) -> str:
        return self.function.function_name

    @property
    def arn(self) -> str:
        return self.function.function_arn

    def on(self, id: str, pattern: events.EventPattern) -> None:
        """Run on each event of the default bus that fits."""
        events.Rule(
            self, id, event_pattern=pattern, targets=[targets.LambdaFunction(self.function)]
        )

    def report_failures(self) -> None:
        """An event that failed for good goes to the alarm topic, with its error."""
        topic = self._site.platform.alarms
        grants.allow(self.role, "sns:Publish", on=[topic.topic_arn])
        grants.allow(
            self.role,
            "kms:GenerateDataKey",
            "kms:Decrypt",
            on=[self._site.platform.key.key_arn],
        )
        config = lambda_.CfnEventInvokeConfig
        config(
            self,
            "Failures",
            function_name=self.function.function_name,
            qualifier="$LATEST",
            maximum_retry_attempts=2,
            destination_config=config.DestinationConfigProperty(
                on_failure=config.OnFailureProperty(destination=topic.topic_arn)
            ),
        ).node.add_dependency(self.role)

    def errors(self) -> cloudwatch.Metric:
        return self.function.metric_errors(period=Duration.minutes(5), statistic="Sum")
