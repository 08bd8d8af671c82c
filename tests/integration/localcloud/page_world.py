"""Something of everything that the page shows, made over boto3 in a cloud of its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from conftest import IMAGES, LAMBDA_PYTHON, TIME_SCALE, eventually, free_port, settled, zipped
from localcloud_jobs import train

import localcloud
from localcloud.config import REGION

HANDLER = """
def handler(event, context):
    print("asked for", event.get("order"))
    if event.get("order") == "bad":
        raise ValueError("order 'bad' has no items")
    return {"accepted": event.get("order"), "by": context.function_version}
"""
TRAINING = """
import pathlib
for epoch in range(3):
    print(f"epoch {epoch}: loss={1 / (epoch + 1):.3f}", flush=True)
pathlib.Path("/opt/ml/model/model.txt").write_text("done")
"""
ANYONE = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "*"}, "Action": "sts:AssumeRole"}],
}
ANYTHING = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}
TEMPLATE = {
    "Resources": {
        "Orders": {"Type": "AWS::SQS::Queue"},
        "Late": {"Type": "AWS::SQS::Queue", "Properties": {"DelaySeconds": 5}},
    },
    "Outputs": {"Url": {"Value": {"Ref": "Orders"}}},
}


@dataclass(frozen=True)
class World:
    client: Callable[[str], Any]
    role: str
    function: str = "orders"
    machine: str = "order-flow"

    def run(self, order: str) -> str:
        arn = f"arn:aws:states:{REGION}:000000000000:stateMachine:{self.machine}"
        started = self.client("stepfunctions").start_execution(
            stateMachineArn=arn, name=f"order-{order}", input=json.dumps({"order": order})
        )
        return str(started["executionArn"])

    def canary(self) -> str:
        """A tenth of the traffic to version 2, and after two (AWS) minutes all of it."""
        properties = {
            "Name": self.function, "Alias": "live", "CurrentVersion": "1", "TargetVersion": "2",
        }  # fmt: skip
        resource = {"Type": "AWS::Lambda::Function", "Properties": properties}
        content = json.dumps({"version": 0.0, "Resources": [{"function": resource}]})
        made = self.client("codedeploy").create_deployment(
            applicationName="shop",
            deploymentGroupName="live",
            revision={"revisionType": "AppSpecContent", "appSpecContent": {"content": content}},
        )
        return str(made["deploymentId"])

    def canary_back(self) -> None:
        """Version 1 has all the traffic, as before any canary."""
        self.client("lambda").update_alias(
            FunctionName=self.function,
            Name="live",
            FunctionVersion="1",
            RoutingConfig={"AdditionalVersionWeights": {}},
        )

    def invoke(self, order: str) -> None:
        payload = json.dumps({"order": order}).encode()
        self.client("lambda").invoke(FunctionName=self.function, Qualifier="live", Payload=payload)

    def measure(self, value: float) -> None:
        data = [{"MetricName": "Depth", "Value": value, "Unit": "Count"}]
        self.client("cloudwatch").put_metric_data(Namespace="Shop", MetricData=data)


def definition(function: str) -> dict[str, Any]:
    """A loop, a choice, a branch that is caught, branches side by side and a map."""
    task = f"arn:aws:lambda:{REGION}:000000000000:function:{function}:live"

    def last(kind: str = "Pass", **more: Any) -> dict[str, Any]:
        return {"Type": kind, "End": True, **more}

    def level(name: str, state: dict[str, Any]) -> dict[str, Any]:
        return {"StartAt": name, "States": {name: state}}

    aside = {"ErrorEquals": ["ValueError"], "Next": "Refuse", "ResultPath": "$.error"}
    checks = [
        level("Check the stock", last(Result={"in_stock": True})),
        level("Check the address", last()),
    ]
    items = level("Pack an item", last())
    states = {
        "Validate": {
            "Type": "Task",
            "Resource": task,
            "ResultPath": "$.validated",
            "Catch": [aside],
            "Next": "How large?",
        },
        "How large?": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.order", "StringEquals": "large", "Next": "Wait"}],
            "Default": "Check",
        },
        "Wait": {"Type": "Wait", "Seconds": 30, "Next": "Ask again"},
        "Ask again": {"Type": "Pass", "Parameters": {"order": "small"}, "Next": "Validate"},
        "Check": {"Type": "Parallel", "Branches": checks, "ResultPath": None, "Next": "List"},
        "List": {
            "Type": "Pass",
            "Result": ["pen", "ink", "paper"],
            "ResultPath": "$.items",
            "Next": "Pack",
        },
        "Pack": {
            "Type": "Map",
            "Parameters": {"index.$": "$$.Map.Item.Index"},
            "ItemsPath": "$.items",
            "ItemProcessor": items,
            "ResultPath": "$.packed",
            "Next": "Ship",
        },
        "Ship": {"Type": "Succeed"},
        "Refuse": {"Type": "Fail", "Error": "OrderRefused", "Cause": "the order has no items"},
    }
    return {"StartAt": "Validate", "States": states}


@contextmanager
def opened(directory: Path) -> Iterator[tuple[localcloud.Running, World]]:
    config = localcloud.Config(free_port(), directory, TIME_SCALE, IMAGES, LAMBDA_PYTHON)
    running = localcloud.start(config)
    try:
        yield running, build(running)
    finally:
        localcloud.stop(directory)


def build(running: localcloud.Running) -> World:
    keys = localcloud.credentials()
    session = boto3.Session(keys["AWS_ACCESS_KEY_ID"], keys["AWS_SECRET_ACCESS_KEY"], None, REGION)
    made: dict[str, Any] = {}

    def client(service: str) -> Any:
        if service not in made:
            made[service] = session.client(service, endpoint_url=running.endpoint)
        return made[service]

    iam = client("iam")
    role = iam.create_role(RoleName="shop", AssumeRolePolicyDocument=json.dumps(ANYONE))["Role"]
    iam.put_role_policy(RoleName="shop", PolicyName="all", PolicyDocument=json.dumps(ANYTHING))
    world = World(client, role["Arn"])
    _function(world)
    client("stepfunctions").create_state_machine(
        name=world.machine, roleArn=world.role, definition=json.dumps(definition(world.function))
    )
    _alarms(world)
    _stack(world)
    _canaries(world)
    client("s3").create_bucket(Bucket="shop")
    train(client, "shop", world.role, TRAINING, TrainingJobName="forecast")
    target = {"Arn": f"arn:aws:lambda:{REGION}:000000000000:function:orders", "Id": "one"}
    client("events").put_rule(Name="every-night", ScheduleExpression="rate(1 day)")
    client("events").put_targets(Rule="every-night", Targets=[target])
    return world


def _function(world: World) -> None:
    functions = world.client("lambda")
    functions.create_function(
        FunctionName=world.function, Runtime="python3.14", Role=world.role, Handler="main.handler",
        Code={"ZipFile": zipped({"main.py": HANDLER})}, Timeout=5, MemorySize=512,
    )  # fmt: skip
    settled(world.client, world.function)
    functions.publish_version(FunctionName=world.function)
    functions.update_function_configuration(FunctionName=world.function, Description="second")
    settled(world.client, world.function)
    functions.publish_version(FunctionName=world.function)
    functions.create_alias(FunctionName=world.function, Name="live", FunctionVersion="1")


def _canaries(world: World) -> None:
    deploy = world.client("codedeploy")
    deploy.create_application(applicationName="shop", computePlatform="Lambda")
    canary = {"canaryPercentage": 10, "canaryInterval": 2}
    deploy.create_deployment_config(
        deploymentConfigName="a-tenth-first",
        computePlatform="Lambda",
        trafficRoutingConfig={"type": "TimeBasedCanary", "timeBasedCanary": canary},
    )
    deploy.create_deployment_group(
        applicationName="shop",
        deploymentGroupName="live",
        serviceRoleArn=world.role,
        deploymentConfigName="a-tenth-first",
    )


def _alarms(world: World) -> None:
    cloudwatch = world.client("cloudwatch")
    common: dict[str, Any] = {
        "Namespace": "Shop", "Statistic": "Average", "Period": 60, "EvaluationPeriods": 2,
        "DatapointsToAlarm": 1, "ComparisonOperator": "GreaterThanThreshold",
    }  # fmt: skip
    cloudwatch.put_metric_alarm(
        **common, AlarmName="queue-too-deep", MetricName="Depth", Threshold=100.0,
        TreatMissingData="ignore",
    )  # fmt: skip
    cloudwatch.put_metric_alarm(
        **common, AlarmName="no-orders", MetricName="Orders", Threshold=1.0,
        TreatMissingData="notBreaching",
    )  # fmt: skip


def _stack(world: World) -> None:
    stacks = world.client("cloudformation")
    stacks.create_stack(StackName="shop-queues", TemplateBody=json.dumps(TEMPLATE))

    def made() -> bool:
        found = stacks.describe_stacks(StackName="shop-queues")["Stacks"]
        return bool(found[0]["StackStatus"] == "CREATE_COMPLETE")

    eventually(made)
