"""Who hands a role to a service needs iam:PassRole for it, and the role must trust the service."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any
from urllib.request import urlopen

import pytest
from botocore.exceptions import ClientError
from botocore.session import get_session
from conftest import eventually, zipped
from localcloud_roles import ACCOUNT, allow, make_role
from localcloud_users import make_user

import localcloud
from localcloud.access import passing

Client = Callable[[str], Any]
MACHINE = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}})
FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:any"

# Requests that hand over a role; the service's principal is the case's name.
REQUESTS: dict[str, Callable[[Client, str], Any]] = {
    "lambda": lambda c, role: c("lambda").create_function(
        FunctionName=f"f-{uuid.uuid4().hex[:6]}",
        Runtime="python3.14",
        Handler="main.handler",
        Role=role,
        Code={"ZipFile": zipped({"main.py": "def handler(*_): pass"})},
    ),
    "states": lambda c, role: c("stepfunctions").create_state_machine(
        name=f"m-{uuid.uuid4().hex[:6]}", definition=MACHINE, roleArn=role
    ),
    "scheduler": lambda c, role: c("scheduler").create_schedule(
        Name=f"s-{uuid.uuid4().hex[:6]}",
        ScheduleExpression="rate(1 day)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": FUNCTION, "RoleArn": role},
    ),
    "firehose": lambda c, role: c("firehose").create_delivery_stream(
        DeliveryStreamName=f"d-{uuid.uuid4().hex[:6]}",
        ExtendedS3DestinationConfiguration={"RoleARN": role, "BucketARN": "arn:aws:s3:::any"},
    ),
    "events": lambda c, role: c("events").put_targets(
        Rule="passing", Targets=[{"Id": "1", "Arn": FUNCTION, "RoleArn": role}]
    ),
    "cloudformation": lambda c, role: c("cloudformation").create_stack(
        StackName=f"s-{uuid.uuid4().hex[:6]}",
        TemplateBody=json.dumps({"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}),
        RoleARN=role,
    ),
}


@pytest.fixture(scope="module", autouse=True)
def rule(client: Client) -> None:
    client("events").put_rule(Name="passing", ScheduleExpression="rate(1 day)", State="DISABLED")


@pytest.mark.parametrize("service", REQUESTS)
def test_a_role_is_passed_by_right(service: str, client: Client, cloud: localcloud.Running) -> None:
    """For this role and this service, besides the action itself."""
    role, request = make_role(client, service), REQUESTS[service]
    every = allow(f"{service}:*")
    with pytest.raises(ClientError, match=f"iam:PassRole on resource: {role}"):
        request(make_user(client, cloud, every), role)
    for principal, is_right in (("ec2", False), (service, True)):
        condition = {"StringEquals": {"iam:PassedToService": f"{principal}.amazonaws.com"}}
        user = make_user(
            client, cloud, every, {**allow("iam:PassRole", on=role), "Condition": condition}
        )
        if is_right:
            request(user, role)
        else:
            with pytest.raises(ClientError, match="iam:PassRole"):
                request(user, role)


@pytest.mark.parametrize("service", REQUESTS)
def test_a_role_that_does_not_trust_the_service_is_refused(service: str, client: Client) -> None:
    """With the service's own error, for the administrator too."""
    with pytest.raises(ClientError) as caught:
        REQUESTS[service](client, make_role(client, "ec2"))
    assert caught.value.response["Error"]["Code"] == passing.SERVICES[service].code


def test_a_template_with_such_a_role_fails(client: Client) -> None:
    """CloudFormation's function is refused as Lambda's own API refuses it."""
    function = {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Role": make_role(client, "ec2"),
            "Runtime": "python3.14",
            "Handler": "index.handler",
            "Code": {"ZipFile": "def handler(*_): pass"},
        },
    }
    name = f"s-{uuid.uuid4().hex[:6]}"
    client("cloudformation").create_stack(
        StackName=name, TemplateBody=json.dumps({"Resources": {"Function": function}})
    )

    def reasons() -> str:
        events = client("cloudformation").describe_stack_events(StackName=name)["StackEvents"]
        return " ".join(event.get("ResourceStatusReason", "") for event in events)

    eventually(lambda: "cannot be assumed by Lambda" in reasons())


def roles_of(service: str) -> Iterator[tuple[str, str]]:
    """(operation, member) of each argument that is a role, by botocore's model."""
    model = get_session().get_service_model(service)

    def members(shape: Any, above: frozenset[str]) -> Iterator[str]:
        if shape.name in above or len(above) > 8:
            return
        inner = above | {shape.name}
        if shape.type_name == "structure":
            for name, member in shape.members.items():
                if member.type_name == "string" and "role" in name.lower():
                    yield name
                else:
                    yield from members(member, inner)
        elif shape.type_name in ("list", "map"):
            kind = shape.member if shape.type_name == "list" else shape.value
            yield from members(kind, inner)

    for operation in model.operation_names:
        shape = model.operation_model(operation).input_shape
        for name in members(shape, frozenset()) if shape else ():
            yield operation, name


def test_every_service_that_takes_a_role_is_in_the_table(cloud: localcloud.Running) -> None:
    """A service of this cloud whose requests name roles says to which principal they are passed."""
    with urlopen(f"{cloud.endpoint}/_localcloud/health") as answer:
        served = set(json.load(answer)["services"])
    names = {"states": "stepfunctions", "monitoring": "cloudwatch"}
    known = set(get_session().get_available_services())
    taking = {
        service
        for service in served
        if (model := names.get(service, service)) in known and any(_arns(model))
    }
    assert taking - set(passing.SERVICES) - OTHER_ROLES.keys() == set()


def _arns(service: str) -> Iterator[str]:
    return (name for _, name in roles_of(service) if name.lower().endswith(("role", "rolearn")))


OTHER_ROLES = {
    "athena": "a Spark work group's; there is no Spark here",
    "application-autoscaling": "its service-linked role",
    "budgets": "budget actions, which are stored only",
    "cloudtrail": "a trail's delivery to Logs, which is stored only",
    "dynamodb": "global tables' scaling, the service-linked role",
    "ec2": "flow logs and fleets, which are stored only",
    "ecr": "pull-through caches and templates, which are stored only",
    "iam": "roles are its own resources",
    "kinesis": "channels, which are refused",
    "monitoring": "metric streams, which are stored only",
    "resource-groups": "tag sync tasks, which are refused",
    "s3": "replication, which copies with no role",
    "secretsmanager": "external rotation, which is refused",
    "ssm": "associations and activations, which run nothing",
    "sts": "roles are assumed, not passed",
}


def test_a_decision_is_told_with_its_statements(client: Client, cloud: localcloud.Running) -> None:
    """/_localcloud/decisions: who, what, and every statement of a role that allowed it."""
    queue = client("sqs").create_queue(QueueName=f"q-{uuid.uuid4().hex[:6]}")["QueueUrl"]
    statements = [allow("sns:Publish"), allow("sqs:SendMessage"), allow("sqs:*")]
    role = make_role(client, "states", *statements)
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage",
        "Parameters": {"QueueUrl": queue, "MessageBody": "m"},
        "End": True,
    }
    machine = client("stepfunctions").create_state_machine(
        name=f"m-{uuid.uuid4().hex[:6]}",
        definition=json.dumps({"StartAt": "A", "States": {"A": task}}),
        roleArn=role,
    )["stateMachineArn"]
    since = decisions(cloud, 0)["next"]
    client("stepfunctions").start_execution(stateMachineArn=machine)

    def made() -> list[dict[str, Any]]:
        found = decisions(cloud, since)["decisions"]
        return [d for d in found if d["principal"] == role and d["action"] == "sqs:SendMessage"]

    (decision, *_) = eventually(made)
    assert decision["allowed"] is True
    assert decision["statements"] == [["own", 1], ["own", 2]]


def decisions(cloud: localcloud.Running, since: int) -> dict[str, Any]:
    with urlopen(f"{cloud.endpoint}/_localcloud/decisions?since={since}") as answer:
        return dict(json.load(answer))
