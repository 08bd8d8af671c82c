"""predict as a SageMaker endpoint: what stays the same whichever model it serves.

The release makes model, configuration and endpoint, the first of them with the first model, so
that nothing bills before there is one. One alarm beyond the budget of a `lambda`-mode use case:
instances that are too few answer slowly before anything fails.
"""

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3_assets as assets
from constructs import Construct

from infra import grants, sagemaker_role
from infra.alarms import health_alarm
from infra.images import xgboost
from infra.packaging import endpoint, wheels
from infra.prediction_log import PredictionLog
from infra.site import Site
from penstock import features, layout
from penstock.events import SHADOW_VARIANT, VARIANT

CODE = "/opt/ml/model/code"
# What SageMaker carries of an answer, less some for its own words.
ANSWER_BYTES = {"endpoint": 6 * 1024 * 1024 - 4096, "serverless_endpoint": 4 * 1024 * 1024 - 4096}


class Endpoint(Construct):
    """Its names are fixed, because SageMaker names log groups after endpoints: the live one's, and
    that of the one on which a release tries a model."""

    def __init__(self, scope: Construct, id: str, *, site: Site) -> None:
        super().__init__(scope, id)
        self._site = site
        self.name, self.trial_name = f"{site.slug}-live", f"{site.slug}-trial"
        self.image = xgboost(site.environment.region)
        self.log_group = self._log_group("Logs", self.name)
        self.trial_log_group = self._log_group("TrialLogs", self.trial_name)
        self.role = self._role()
        self.environment = self._environment()
        archive = endpoint.build(site.usecase, site.folder, site.target)
        self.package = assets.Asset(
            self, "Package", path=str(archive.path), asset_hash=archive.sha256
        )
        self.log = PredictionLog(self, "Log", site=site, log_group=self.log_group)
        self.requests = self._metric("Invocations")
        self.errors = self._metric("Invocation5XXErrors")
        self.latency = self._metric("ModelLatency", "p95")
        self.alarm = health_alarm(
            self, "Errors", site=site, metric=self.errors, says="predictions fail"
        )
        if site.usecase.serving.mode == "endpoint":
            self.slow = self._slow_alarm()
        self.outputs = {
            "EndpointName": self.name,
            "TrialEndpointName": self.trial_name,
            "PredictLogGroup": self.log_group.log_group_name,
        }

    def _log_group(self, id: str, endpoint_name: str) -> logs.LogGroup:
        """Not retained: what counts of it is in the lake, and its name would be in the way."""
        return logs.LogGroup(
            self,
            id,
            log_group_name=f"/aws/sagemaker/Endpoints/{endpoint_name}",
            retention=self._site.environment.log_retention,
            encryption_key=self._site.platform.key,
            removal_policy=RemovalPolicy.DESTROY,
        )

    def _role(self) -> iam.Role:
        """The containers': they have no network, so that SageMaker alone uses it."""
        site = self._site
        role = grants.role(self, "Role", "sagemaker.amazonaws.com")
        grants.read(role, site.platform.artifacts, layout.endpoints_prefix(site.usecase.name))
        sagemaker_role.pull(role, self.image)
        groups = [
            site.arn(self, "logs", f"log-group:/aws/sagemaker/Endpoints/{name}")
            for name in (self.name, self.trial_name)
        ]
        why = "an instance gets its number when it starts"
        sagemaker_role.log(role, *groups, streams=[f"{VARIANT}/", f"{SHADOW_VARIANT}/"], why=why)
        if site.usecase.serving.mode == "endpoint":  # an update that is taken back by an alarm
            grants.see_alarms(role)
        return role

    def _environment(self) -> dict[str, str]:
        """The container's; the release adds MODEL_NAME."""
        site = self._site
        serving = site.usecase.serving
        serverless = serving.mode == "serverless_endpoint"
        return {
            **wheels.PIP,
            "SAGEMAKER_PROGRAM": "inference.py",
            "SAGEMAKER_SUBMIT_DIRECTORY": CODE,
            "SAGEMAKER_CONTAINER_LOG_LEVEL": "20",
            # Each is sent one request at a time there, and has less memory.
            **({"SAGEMAKER_MODEL_SERVER_WORKERS": "1"} if serverless else {}),
            "USECASE": site.usecase.name,
            "ENVIRONMENT": site.environment.name,
            "FEATURES_SHA256": features.sha256(site.folder / "features.py"),
            "CAPTURE_RATE": f"{serving.capture_rate:g}",
            "ANSWER_BYTES": str(ANSWER_BYTES[serving.mode]),
        }

    def _metric(self, name: str, statistic: str = "Sum") -> cloudwatch.Metric:
        return cloudwatch.Metric(
            namespace="AWS/SageMaker",
            metric_name=name,
            dimensions_map={"EndpointName": self.name, "VariantName": VARIANT},
            period=Duration.minutes(5),
            statistic=statistic,
        )

    def _slow_alarm(self) -> cloudwatch.Alarm:
        """A quarter of an hour, so that neither a start nor one long request rings."""
        site = self._site
        limit_ms = site.usecase.serving.endpoint.max_latency_ms
        alarm = cloudwatch.Alarm(
            self,
            "Slow",
            metric=self.latency,
            alarm_description=(
                f"{site.usecase.name} ({site.environment.name}): predictions take longer than "
                f"{limit_ms:g} ms, more instances are needed"
            ),
            threshold=limit_ms * 1000,  # CloudWatch's are microseconds
            evaluation_periods=3,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        alarm.add_alarm_action(site.platform.alarm_action)
        return alarm
