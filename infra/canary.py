"""How traffic is shifted: CodeDeploy's group and pace, and the one alarm that takes it back."""

from aws_cdk import aws_codedeploy as codedeploy
from constructs import Construct

from infra import grants
from infra.function import Function
from infra.site import Site
from infra.verdict import verdict_alarm
from penstock.serving import Serving

_Group = codedeploy.CfnDeploymentGroup
_Config = codedeploy.CfnDeploymentConfig
_ALL_AT_ONCE = "CodeDeployDefault.LambdaAllAtOnce"


class Canary(Construct):
    """The group's L2 would declare the alias; here the release names it in each deployment."""

    def __init__(self, scope: Construct, id: str, *, site: Site, predict: Function) -> None:
        super().__init__(scope, id)
        self.application = codedeploy.LambdaApplication(self, "Application")
        self.verdict = verdict_alarm(self, "Verdict", site=site)
        self.config = self._config(site.usecase.serving) or _ALL_AT_ONCE
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
            deployment_config_name=self.config,
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

    @property
    def group_arn_resource(self) -> str:
        return f"deploymentgroup:{self.application.application_name}/{self.group.ref}"

    def _config(self, serving: Serving) -> str | None:
        """The pace; CodeDeploy has one of its own for all at once, which here never moves."""
        canary = serving.canary
        routing = _Config.TrafficRoutingConfigProperty
        if serving.strategy == "all_at_once":
            return None
        if serving.strategy == "linear":
            pace = routing(
                type="TimeBasedLinear",
                time_based_linear=_Config.TimeBasedLinearProperty(
                    linear_percentage=canary.percent, linear_interval=canary.minutes
                ),
            )
        else:
            pace = routing(
                type="TimeBasedCanary",
                time_based_canary=_Config.TimeBasedCanaryProperty(
                    canary_percentage=canary.percent, canary_interval=canary.minutes
                ),
            )
        config = _Config(self, "Config", compute_platform="Lambda", traffic_routing_config=pace)
        return config.ref
