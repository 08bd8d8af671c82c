"""predict: the function that answers, behind an alias that only a release moves."""

from aws_cdk import Duration
from aws_cdk import aws_s3_assets as assets
from constructs import Construct

from infra.alarms import health_alarm
from infra.function import Function
from infra.prediction_log import PredictionLog
from infra.site import Site
from penstock import features


class Predict(Construct):
    """No version and no alias are declared: CloudFormation would move traffic at each update."""

    def __init__(self, scope: Construct, id: str, *, site: Site) -> None:
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
            },
            memory_mb=serving.memory_mb,
            timeout=Duration.seconds(serving.timeout_seconds),
        )
        # The same package once more by name: a release puts a model into it.
        self.package = assets.Asset(
            self,
            "Package",
            path=str(self.function.package.path),
            asset_hash=self.function.package.sha256,
        )
        self.log = PredictionLog(self, "Log", site=site, log_group=self.function.log_group)
        self.alarm = health_alarm(
            self, "Errors", site=site, metric=self.function.errors(), says="predictions fail"
        )
