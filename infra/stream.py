"""stream: records come by Kinesis, predict's `live` answers, the answers leave by Kinesis.

One alarm beyond the budget of a `lambda`-mode use case: a stream that stands still fails nobody's
request, so that no other alarm would see it.
"""

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_kinesis as kinesis
from aws_cdk import aws_lambda as lambda_
from constructs import Construct, IDependable

from infra import grants
from infra.function import Function
from infra.nag import acknowledge
from infra.predict import Predict
from infra.site import Site
from penstock import layout
from penstock.events import ALIAS

_Mapping = lambda_.CfnEventSourceMapping
# Lambda's own folder in a bucket that it gives batches up to.
GIVEN_UP = "aws/lambda/"


class Stream(Construct):
    """`prefixes` of the lake hold what was set apart, by us and by Lambda."""

    def __init__(
        self, scope: Construct, id: str, *, site: Site, predict: Predict, after: IDependable
    ) -> None:
        super().__init__(scope, id)
        self._site, self._settings = site, site.usecase.serving.stream
        self.input, self.output = self._stream("Input"), self._stream("Output")
        self.outputs = {
            "InputStreamName": self.input.stream_name,
            "OutputStreamName": self.output.stream_name,
        }
        self.function = self._function(predict)
        self._let(predict)
        mapping = self._mapping(after)
        self.alarm = self._late_alarm()
        self.prefixes = [
            layout.poison_prefix(site.usecase.name),
            f"{GIVEN_UP}{mapping.ref}/",
        ]

    def _stream(self, id: str) -> kinesis.Stream:
        """Not retained: what is in it goes with its retention anyway, but its bill would not."""
        stream = kinesis.Stream(
            self,
            id,
            shard_count=self._settings.shards,
            retention_period=Duration.hours(self._settings.retention_hours),
            encryption=kinesis.StreamEncryption.KMS,
            encryption_key=self._site.platform.key,
            removal_policy=RemovalPolicy.DESTROY,
        )
        acknowledge(stream, KDS3="people's data lie under the environment's own key everywhere")
        return stream

    def _function(self, predict: Predict) -> Function:
        """Several requests to predict fit into its time: who breaks the contract is taken out."""
        timeout = self._site.usecase.serving.timeout_seconds
        return Function(
            self,
            "Stream",
            site=self._site,
            stage="stream",
            layers=["tools"],
            environment={
                "USECASE": self._site.usecase.name,
                "ROW_ID": self._site.usecase.row_id,
                "PREDICT_FUNCTION": predict.function.name,
                "PREDICT_TIMEOUT_SECONDS": str(timeout),
                "OUTPUT_STREAM": self.output.stream_name,
                "LAKE_BUCKET": self._site.platform.lake.bucket_name,
            },
            memory_mb=512,
            timeout=Duration.seconds(min(3 * timeout + 60, 900)),
        )

    def _let(self, predict: Predict) -> None:
        role, lake = self.function.role, self._site.platform.lake
        grants.allow(
            role,
            "kinesis:DescribeStream",
            "kinesis:DescribeStreamSummary",
            "kinesis:GetRecords",
            "kinesis:GetShardIterator",
            "kinesis:ListShards",
            on=[self.input.stream_arn],
        )
        grants.allow(role, "kinesis:PutRecords", on=[self.output.stream_arn])
        grants.allow(role, "lambda:InvokeFunction", on=[f"{predict.function.arn}:{ALIAS}"])
        grants.write(role, lake, layout.poison_prefix(self._site.usecase.name))
        # Lambda, in this role, when it gives a batch up.
        grants.allow(
            role,
            "s3:PutObject",
            on=grants.object_arns(lake, [GIVEN_UP]),
            why="Lambda names the folder by the mapping, which is made after the role",
        )
        grants.allow(role, "s3:ListBucket", on=[lake.bucket_arn])
        grants.allow(
            role, "kms:Decrypt", "kms:GenerateDataKey", on=[self._site.platform.key.key_arn]
        )

    def _mapping(self, after: IDependable) -> _Mapping:
        """Retried until a record is too old, not so and so often: an outage counts no attempts."""
        settings = self._settings
        mapping = _Mapping(
            self,
            "Batches",
            function_name=self.function.name,
            event_source_arn=self.input.stream_arn,
            starting_position="TRIM_HORIZON",
            batch_size=settings.batch_size,
            maximum_batching_window_in_seconds=settings.window_seconds,
            bisect_batch_on_function_error=True,
            function_response_types=["ReportBatchItemFailures"],
            maximum_record_age_in_seconds=settings.retry_hours * 3600,
            # A bucket gets the records themselves; a queue would get their numbers only.
            destination_config=_Mapping.DestinationConfigProperty(
                on_failure=_Mapping.OnFailureProperty(
                    destination=self._site.platform.lake.bucket_arn
                )
            ),
        )
        mapping.node.add_dependency(self.function, after)
        return mapping

    def _late_alarm(self) -> cloudwatch.Alarm:
        usecase, environment = self._site.usecase.name, self._site.environment.name
        alarm = cloudwatch.Alarm(
            self,
            "Late",
            metric=self.function.function.metric(
                "IteratorAge", statistic="Maximum", period=Duration.minutes(1)
            ),
            alarm_description=f"{usecase} ({environment}): the stream stands still or falls behind",
            threshold=self._settings.late_minutes * 60_000,
            evaluation_periods=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            # an idle stream has no age
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        alarm.add_alarm_action(self._site.platform.alarm_action)
        return alarm
