"""A deployment shifts the alias for real: a canary, all of it, and back when an alarm is on."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from conftest import eventually, zipped
from localcloud_roles import allow, make_role

Client = Callable[[str], Any]
SOURCE = "def handler(event, context):\n    return {}\n"


class World:
    """A function with two versions, an alias on the first one, and a deployment group."""

    def __init__(self, client: Client, name: str, minutes: int, role: str) -> None:
        self.client, self.name, self.minutes = client, name, minutes
        lambda_ = client("lambda")
        self.first = lambda_.publish_version(FunctionName=name)["Version"]
        code = zipped({"main.py": SOURCE.replace("{}", "{'two': 2}")})
        lambda_.update_function_code(FunctionName=name, ZipFile=code)
        lambda_.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})
        self.second = lambda_.publish_version(FunctionName=name)["Version"]
        lambda_.create_alias(FunctionName=name, Name="live", FunctionVersion=self.first)
        deploy = client("codedeploy")
        deploy.create_application(applicationName=name, computePlatform="Lambda")
        deploy.create_deployment_config(
            deploymentConfigName=name,
            computePlatform="Lambda",
            trafficRoutingConfig={
                "type": "TimeBasedCanary",
                "timeBasedCanary": {"canaryPercentage": 10, "canaryInterval": minutes},
            },
        )
        client("cloudwatch").put_metric_alarm(
            AlarmName=name,
            Namespace="tests",
            MetricName=name,
            Statistic="Maximum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=0,
            ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="ignore",
        )
        events = ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM"]
        deploy.create_deployment_group(
            applicationName=name,
            deploymentGroupName="group",
            serviceRoleArn=role,
            deploymentConfigName=name,
            alarmConfiguration={"enabled": True, "alarms": [{"name": name}]},
            autoRollbackConfiguration={"enabled": True, "events": events},
        )

    def deploy(self, current: str | None = None, target: str | None = None, **hooks: str) -> str:
        properties = {
            "Name": self.name,
            "Alias": "live",
            "CurrentVersion": current or self.first,
            "TargetVersion": target or self.second,
        }
        resource = {"Type": "AWS::Lambda::Function", "Properties": properties}
        content = {
            "version": 0.0,
            "Resources": [{"function": resource}],
            "Hooks": [{name: function} for name, function in hooks.items()],
        }
        revision = {
            "revisionType": "AppSpecContent",
            "appSpecContent": {"content": json.dumps(content)},
        }
        answer = self.client("codedeploy").create_deployment(
            applicationName=self.name, deploymentGroupName="group", revision=revision
        )
        return str(answer["deploymentId"])

    def info(self, deployment: str) -> Any:
        found = self.client("codedeploy").get_deployment(deploymentId=deployment)
        return found["deploymentInfo"]

    def ended(self, deployment: str) -> Any:
        def check() -> Any:
            info = self.info(deployment)
            return info if info["status"] in ("Succeeded", "Failed", "Stopped") else None

        return eventually(check)

    def alias(self) -> tuple[str, dict[str, float]]:
        found = self.client("lambda").get_alias(FunctionName=self.name, Name="live")
        weights = found.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})
        return found["FunctionVersion"], weights


@pytest.fixture
def world(client: Client, function: Callable[..., str]) -> Callable[..., World]:
    def make(minutes: int = 1, *denied: str) -> World:
        actions = ["GetAlias", "UpdateAlias", "InvokeFunction"]
        granted = [f"lambda:{a}" for a in actions if a not in denied]
        always = ("cloudwatch:DescribeAlarms", "lambda:GetProvisionedConcurrencyConfig")
        role = make_role(client, "codedeploy", allow(*granted, *always))
        return World(client, function(SOURCE), minutes, role)

    return make


def test_a_canary_takes_its_share_first_and_all_of_it_later(world: Callable[..., World]) -> None:
    """Weights while it bakes; afterwards the new version and no weight."""
    here = world()
    deployment = here.deploy()
    assert eventually(lambda: here.alias()[1]) == {here.second: 0.1}
    assert here.alias()[0] == here.first
    assert here.info(deployment)["status"] == "InProgress"
    assert here.ended(deployment)["status"] == "Succeeded"
    assert here.alias() == (here.second, {})
    target = here.client("codedeploy").get_deployment_target(
        deploymentId=deployment, targetId=f"{here.name}:live"
    )["deploymentTarget"]["lambdaTarget"]
    assert target["lambdaFunctionInfo"]["targetVersionWeight"] == 100


def test_an_alarm_stops_it_and_puts_the_alias_back(
    client: Client, world: Callable[..., World]
) -> None:
    """Stopped with the alarm's name; the alias is on the old version with no weight left."""
    here = world(minutes=30)
    deployment = here.deploy()
    eventually(lambda: here.alias()[1])
    client("cloudwatch").set_alarm_state(
        AlarmName=here.name, StateValue="ALARM", StateReason="a test"
    )
    info = here.ended(deployment)
    assert info["status"] == "Stopped"
    assert info["errorInformation"]["code"] == "ALARM_ACTIVE"
    assert here.name in info["errorInformation"]["message"]
    back = here.ended(info["rollbackInfo"]["rollbackDeploymentId"])
    assert (back["status"], back["creator"]) == ("Succeeded", "codeDeployRollback")
    assert here.alias() == (here.first, {})


def test_one_deployment_a_group_and_a_stop_that_rolls_back(world: Callable[..., World]) -> None:
    """A second one is refused by name; StopDeployment with roll-back restores the alias."""
    here = world(minutes=30)
    deployment = here.deploy()
    eventually(lambda: here.alias()[1])
    with pytest.raises(ClientError, match=deployment) as caught:
        here.deploy()
    assert caught.value.response["Error"]["Code"] == "DeploymentLimitExceededException"
    here.client("codedeploy").stop_deployment(deploymentId=deployment, autoRollbackEnabled=True)
    assert here.ended(deployment)["errorInformation"]["code"] == "MANUAL_STOP"
    eventually(lambda: here.alias() == (here.first, {}))


def test_wrong_versions_fail(world: Callable[..., World]) -> None:
    """As on AWS: what is live must be what the AppSpec says, and must change."""
    here = world()
    wrong = here.ended(here.deploy(current=here.second, target=here.first))
    assert wrong["status"] == "Failed"
    assert "does not match" in wrong["errorInformation"]["message"]
    gone = here.ended(here.deploy(target="99"))
    assert gone["errorInformation"]["code"] == "INVALID_LAMBDA_FUNCTION"
    same = here.ended(here.deploy(target=here.first))
    assert same["status"] == "Failed"
    assert here.alias() == (here.first, {})


def test_the_service_role_is_what_moves_the_alias(world: Callable[..., World]) -> None:
    """Without lambda:UpdateAlias it fails, and the reason names the action."""
    here = world(1, "UpdateAlias")
    info = here.ended(here.deploy())
    assert (info["status"], info["errorInformation"]["code"]) == ("Failed", "IAM_ROLE_PERMISSIONS")
    assert "lambda:UpdateAlias" in info["errorInformation"]["message"]
    assert here.alias() == (here.first, {})


def test_a_hook_that_fails_keeps_the_traffic(
    client: Client, cloud: Any, world: Callable[..., World], function: Callable[..., str]
) -> None:
    """BeforeAllowTraffic is invoked and awaited; its Failed ends the deployment untouched."""
    hook = function(
        """
        import boto3
        def handler(event, context):
            boto3.client("codedeploy").put_lifecycle_event_hook_execution_status(
                deploymentId=event["DeploymentId"], status="Failed",
                lifecycleEventHookExecutionId=event["LifecycleEventHookExecutionId"])
        """
    )
    here = world()
    info = here.ended(here.deploy(BeforeAllowTraffic=hook))
    assert info["errorInformation"]["code"] == "HOOK_EXECUTION_FAILURE"
    assert here.alias() == (here.first, {})


def test_an_unfit_revision_is_refused_at_once(world: Callable[..., World]) -> None:
    """No deployment is made for an AppSpec that names no target version."""
    here = world()
    content = {"version": 0.0, "Resources": [{"f": {"Type": "AWS::Lambda::Function"}}]}
    with pytest.raises(ClientError, match="lack Name, Alias, CurrentVersion, TargetVersion"):
        here.client("codedeploy").create_deployment(
            applicationName=here.name,
            deploymentGroupName="group",
            revision={
                "revisionType": "AppSpecContent",
                "appSpecContent": {"content": json.dumps(content)},
            },
        )


def test_templates_make_groups_and_refuse_unknown_properties(client: Client) -> None:
    """CloudFormation's types of both services; Ref and deletion as documented."""
    role = make_role(client, "codedeploy")
    name = f"stack-{uuid.uuid4().hex[:6]}"
    group = {
        "ApplicationName": {"Ref": "App"},
        "ServiceRoleArn": role,
        "DeploymentConfigName": {"Ref": "Config"},
        "AlarmConfiguration": {"Enabled": True, "Alarms": [{"Name": "one"}]},
        "AutoRollbackConfiguration": {"Enabled": True, "Events": ["DEPLOYMENT_FAILURE"]},
    }
    canary = {"CanaryInterval": 5, "CanaryPercentage": 10}
    routing = {"Type": "TimeBasedCanary", "TimeBasedCanary": canary}
    config = {"ComputePlatform": "Lambda", "TrafficRoutingConfig": routing}
    template: dict[str, Any] = {
        "Resources": {
            "App": {
                "Type": "AWS::CodeDeploy::Application",
                "Properties": {"ComputePlatform": "Lambda"},
            },
            "Config": {"Type": "AWS::CodeDeploy::DeploymentConfig", "Properties": config},
            "Group": {"Type": "AWS::CodeDeploy::DeploymentGroup", "Properties": group},
            "Models": {
                "Type": "AWS::SageMaker::ModelPackageGroup",
                "Properties": {"ModelPackageGroupName": name},
            },
        },
        "Outputs": {
            "App": {"Value": {"Ref": "App"}},
            "Group": {"Value": {"Ref": "Group"}},
            "Models": {"Value": {"Ref": "Models"}},
            "Status": {"Value": {"Fn::GetAtt": ["Models", "ModelPackageGroupStatus"]}},
        },
    }
    formation = client("cloudformation")

    def settled() -> Any:
        stack = formation.describe_stacks(StackName=name)["Stacks"][0]
        return None if stack["StackStatus"].endswith("IN_PROGRESS") else stack

    formation.create_stack(StackName=name, TemplateBody=json.dumps(template))
    stack = eventually(settled)
    outputs = {entry["OutputKey"]: entry["OutputValue"] for entry in stack["Outputs"]}
    assert outputs["Models"].endswith(f":model-package-group/{name}")
    assert outputs["Status"] == "Completed"
    words = {"applicationName": outputs["App"], "deploymentGroupName": outputs["Group"]}

    def alarms() -> Any:
        found = client("codedeploy").get_deployment_group(**words)["deploymentGroupInfo"]
        return [alarm["name"] for alarm in found["alarmConfiguration"]["alarms"]]

    assert alarms() == ["one"]
    group["AlarmConfiguration"]["Alarms"] = [{"Name": "two"}]  # type: ignore[index]
    formation.update_stack(StackName=name, TemplateBody=json.dumps(template))
    assert eventually(settled)["StackStatus"] == "UPDATE_COMPLETE"
    assert alarms() == ["two"]
    group["Colour"] = "blue"
    formation.update_stack(StackName=name, TemplateBody=json.dumps(template))
    assert eventually(settled)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    formation.delete_stack(StackName=name)

    def gone() -> bool:
        groups = client("sagemaker").list_model_package_groups(NameContains=name)
        return not groups["ModelPackageGroupSummaryList"]

    eventually(gone)
