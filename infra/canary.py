"""How traffic is shifted: CodeDeploy's canary, and the one alarm that takes it back."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_codedeploy as codedeploy
from constructs import Construct

from infra import grants
from infra.function import Function
from infra.site import Site
from penstock.events import METRIC_VERDICT, NAMESPACE

_Group = codedeploy.CfnDeploymentGroup
_Config = codedeploy.CfnDeploymentConfig


class Canary(Construct):
    """The group's L2 would declare the alias; here the release names it in each deployment."""

    def __init__(self, scope: Construct, id: str, *, site: Site, predict: Function) -> None:
        super().__init__(scope, id)
        self.application = codedeploy.LambdaApplication(self, "Application")
        self.verdict = self._verdict_alarm(site)
        limits = site.usecase.serving.canary
        self.config = _Config(
            self,
            "Config",
            compute_platform="Lambda",
            traffic_routing_config=_Config.TrafficRoutingConfigProperty(
                type="TimeBasedCanary",
                time_based_canary=_Config.TimeBasedCanaryProperty(
                    canary_percentage=limits.percent, canary_interval=limits.minutes
                ),
            ),
        )
        role = grants.role(self, "Role", "codedeploy.amazonaws.com")
        grants.allow(role, "lambda:GetAlias", "lambda:UpdateAlias", on=[predict.arn])
        grants.allow(
            role,
            "lambda:GetProvisionedConcurrencyConfig",
            on=[f"{predict.arn}:*"],
            why=grants.VERSIONS,
        )
        grants.see_alarms(role)
        self.group = _Group(
            self,
            "Group",
            application_name=self.application.application_name,
            deployment_config_name=self.config.ref,
            service_role_arn=role.role_arn,
            deployment_style=_Group.DeploymentStyleProperty(
                deployment_option="WITH_TRAFFIC_CONTROL", deployment_type="BLUE_GREEN"
            ),
            alarm_configuration=_Group.AlarmConfigurationProperty(
                enabled=True, alarms=[_Group.AlarmProperty(name=self.verdict.alarm_name)]
            ),
            auto_rollback_configuration=_Group.AutoRollbackConfigurationProperty(
                enabled=True,
                events=[
                    "DEPLOYMENT_FAILURE",
                    "DEPLOYMENT_STOP_ON_ALARM",
                    "DEPLOYMENT_STOP_ON_REQUEST",
                ],
            ),
        )
        self.group.node.add_dependency(role)

    def _verdict_alarm(self, site: Site) -> cloudwatch.Alarm:
        """The judge's word. Drift and health have alarms of their own, which never roll back."""
        return cloudwatch.Alarm(
            self,
            "Verdict",
            alarm_description=f"{site.usecase.name} ({site.environment.name}): the canary is bad",
            metric=cloudwatch.Metric(
                namespace=NAMESPACE,
                metric_name=METRIC_VERDICT,
                dimensions_map={
                    "usecase": site.usecase.name,
                    "environment": site.environment.name,
                },
                period=Duration.minutes(1),
                statistic="Maximum",
            ),
            threshold=1,
            evaluation_periods=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )

    @property
    def group_arn_resource(self) -> str:
        return f"deploymentgroup:{self.application.application_name}/{self.group.ref}"
