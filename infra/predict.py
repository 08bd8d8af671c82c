"""predict: the function that answers, behind an alias that only a release moves."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_s3_assets as assets
from constructs import Construct

from infra.alarms import health_alarm
from infra.explain import Explain
from infra.function import Function
from infra.prediction_log import PredictionLog
from infra.site import Site
from penstock import features
from penstock.events import ALIAS


class Predict(Construct):
    """No version and no alias are declared: CloudFormation would move traffic at each update."""

    def __init__(self, scope: Construct, id: str, *, site: Site, explain: Explain) -> None:
        super().__init__(scope, id)
        serving = site.usecase.serving
        self.function = Function(
            self,
            "Predict",
            site=site,
            stage="predict",
            layers=["serve"],
            environment={
                "USECASE": site.usecase.name,
                "ENVIRONMENT": site.environment.name,
                "FEATURES_SHA256": features.sha256(site.folder / "features.py"),
                "CAPTURE_RATE": f"{serving.capture_rate:g}",
                "EXPLAIN_FUNCTION": explain.name,
            },
            memory_mb=serving.memory_mb,
            timeout=Duration.seconds(serving.timeout_seconds),
        )
        explain.let_ask(self.function.role)
        # The same package once more by name: a release puts a model into it.
        self.package = assets.Asset(
            self,
            "Package",
            path=str(self.function.package.path),
            asset_hash=self.function.package.sha256,
        )
        self.log_group = self.function.log_group
        self.log = PredictionLog(self, "Log", site=site, log_group=self.log_group)
        self.requests = self._requests()
        self.errors = self.function.errors()
        self.latency = self.function.function.metric_duration(statistic="p95")
        self.alarm = health_alarm(
            self, "Errors", site=site, metric=self.errors, says="predictions fail"
        )
        self.outputs = {
            "PredictFunctionName": self.function.name,
            "PredictAlias": ALIAS,
            "PredictLogGroup": self.log_group.log_group_name,
        }

    def _requests(self) -> cloudwatch.Metric:
        """To `live`: what a release asks by a version's number is no traffic."""
        name = self.function.name
        return cloudwatch.Metric(
            namespace="AWS/Lambda",
            metric_name="Invocations",
            dimensions_map={"FunctionName": name, "Resource": f"{name}:{ALIAS}"},
            period=Duration.minutes(5),
            statistic="Sum",
        )
