"""Leave to register an endpoint with Application Auto Scaling, for whoever moves the endpoint."""

from aws_cdk import aws_iam as iam

from infra import grants
from infra.site import Site
from penstock.events import VARIANT

_ROLE = "AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint"
_PRINCIPAL = "sagemaker.application-autoscaling.amazonaws.com"
_ALARMS = "Auto Scaling names the alarms of its policy itself"


def let_scale(role: iam.Role, site: Site, endpoint: str) -> None:
    """Withdraw, and register where the use case scales. Auto Scaling wants its caller to be allowed
    what it does in its own role."""
    let_withdraw(role, site, endpoint)
    settings = site.usecase.serving.endpoint
    if settings.most == settings.instances:
        return
    _allow_on_targets(role, site, "RegisterScalableTarget", "PutScalingPolicy")
    grants.allow(
        role,
        "sagemaker:DescribeEndpoint",
        "sagemaker:UpdateEndpointWeightsAndCapacities",
        on=[site.arn(role, "sagemaker", f"endpoint/{endpoint}")],
    )
    grants.allow(role, "cloudwatch:PutMetricAlarm", on=_alarms(role, site, endpoint), why=_ALARMS)
    grants.see_alarms(role)
    grants.allow(
        role,
        "iam:CreateServiceLinkedRole",
        on=[
            role.stack.format_arn(
                service="iam",
                region="",
                resource="role",
                resource_name=f"aws-service-role/{_PRINCIPAL}/{_ROLE}",
            )
        ],
        when={"StringEquals": {"iam:AWSServiceName": _PRINCIPAL}},
    )


def let_withdraw(role: iam.Role, site: Site, endpoint: str) -> None:
    _allow_on_targets(role, site, "DeregisterScalableTarget")
    grants.allow(role, "cloudwatch:DeleteAlarms", on=_alarms(role, site, endpoint), why=_ALARMS)


def _alarms(role: iam.Role, site: Site, endpoint: str) -> list[str]:
    name = f"TargetTracking-endpoint/{endpoint}/variant/{VARIANT}-*"
    return [site.arn(role, "cloudwatch", f"alarm:{name}")]


def _allow_on_targets(role: iam.Role, site: Site, *actions: str) -> None:
    grants.allow(
        role,
        *(f"application-autoscaling:{action}" for action in actions),
        on=[site.arn(role, "application-autoscaling", "scalable-target/*")],
        when={"StringEquals": {"application-autoscaling:service-namespace": "sagemaker"}},
        why="a target gets its number when it is registered",
    )
