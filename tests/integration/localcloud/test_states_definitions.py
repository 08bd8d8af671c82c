"""A definition that AWS refuses fails the deployment, not the run at midnight."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError
from conftest import eventually
from localcloud_roles import allow, make_role
from states_world import Client, States, passing

ARN = "arn:aws:states:::"

# (resource, good parameters): each is spoiled in three ways below.
TASKS: list[tuple[str, dict[str, Any]]] = [
    ("lambda:invoke", {"FunctionName": "f", "Payload": {"a.$": "$.a"}}),
    ("sqs:sendMessage", {"QueueUrl": "q", "MessageBody": {"any": ["json"]}}),
    ("sqs:sendMessage.waitForTaskToken", {"QueueUrl": "q", "MessageBody": "b"}),
    ("sns:publish", {"Message": {"any": "json"}, "TopicArn": "t"}),
    ("dynamodb:putItem", {"TableName": "t", "Item": {"pk": {"S.$": "$.a"}}}),
    ("dynamodb:updateItem", {"TableName": "t", "Key": {"pk": {"S": "a"}}}),
    ("events:putEvents", {"Entries": [{"Detail": {"a": 1}, "DetailType": "d", "Source": "s"}]}),
    ("states:startExecution.sync:2", {"StateMachineArn": "m", "Input": {"a.$": "$"}}),
    ("athena:startQueryExecution", {"QueryString": "select 1", "WorkGroup": "w"}),
    ("aws-sdk:s3:getObject", {"Bucket": "b", "Key": "k"}),
    ("aws-sdk:ssm:putParameter", {"Name": "n", "Value": "v", "Overwrite": True}),
    ("aws-sdk:codedeploy:createDeployment", {"ApplicationName": "a"}),
    ("aws-sdk:sagemaker:describeModelPackage", {"ModelPackageName": "m"}),
    ("aws-sdk:dynamodb:query", {"TableName": "t", "Limit": 3}),
]
REQUIRED = {"sns:publish": "Message"}


def definition(resource: str, parameters: dict[str, Any]) -> str:
    task = {"Type": "Task", "Resource": ARN + resource, "Parameters": parameters, "End": True}
    return json.dumps({"StartAt": "T", "States": {"T": task}})


def spoiled() -> list[Any]:
    cases = []
    for resource, good in TASKS:
        first = REQUIRED.get(resource, next(iter(good)))
        rest = {key: part for key, part in good.items() if key != first}
        wrong_type = {**good, first: 7 if isinstance(good[first], str | dict) else "text"}
        cases += [
            pytest.param(resource, {**good, "Invented": 1}, "'Invented'", id=f"{resource}-name"),
            pytest.param(resource, wrong_type, first, id=f"{resource}-type"),
        ]
        if resource != "sns:publish":
            cases.append(pytest.param(resource, rest, first, id=f"{resource}-missing"))
    return cases


@pytest.fixture(scope="module")
def states(client: Client, role: str) -> States:
    return States(client, role)


@pytest.mark.parametrize(("resource", "good"), TASKS)
def test_a_good_task_is_accepted(states: States, resource: str, good: dict[str, Any]) -> None:
    found = states.api.validate_state_machine_definition(definition=definition(resource, good))
    assert (found["result"], found["diagnostics"]) == ("OK", [])


@pytest.mark.parametrize(("resource", "parameters", "named"), spoiled())
def test_a_spoiled_task_is_refused(
    states: States, resource: str, parameters: dict[str, Any], named: str
) -> None:
    """A name that the operation lacks, a required one left out, a value of another type."""
    text = definition(resource, parameters)
    with pytest.raises(ClientError) as caught:
        states.api.create_state_machine(name="spoiled", definition=text, roleArn=states.role)
    error = caught.value.response["Error"]
    assert error["Code"] == "InvalidDefinition"
    assert named in error["Message"]
    assert "/States/T/Parameters" in error["Message"]


@pytest.mark.parametrize(
    "parameters",
    [
        {"QueueUrl": "q", "MessageBody": "b", "Body": "b"},
        {"QueueUrl": "q"},
        {"QueueUrl": 7, "MessageBody": "b"},
    ],
)
def test_a_spoiled_task_fails_the_deployment(
    client: Client, states: States, parameters: dict[str, Any]
) -> None:
    """The stack rolls back and tells the state and the field."""
    name = f"spoiled-{uuid.uuid4().hex[:6]}"
    text = definition("aws-sdk:sqs:sendMessage", parameters)
    properties = {"RoleArn": states.role, "DefinitionString": text}
    machine = {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}
    formation = client("cloudformation")
    formation.create_stack(
        StackName=name, TemplateBody=json.dumps({"Resources": {"Machine": machine}})
    )

    def reasons() -> Any:
        stack = formation.describe_stacks(StackName=name)["Stacks"][0]
        if not stack["StackStatus"].startswith("ROLLBACK"):
            return None
        events = formation.describe_stack_events(StackName=name)["StackEvents"]
        return " ".join(event.get("ResourceStatusReason", "") for event in events)

    assert "/States/T/Parameters" in eventually(reasons)


@pytest.mark.parametrize(
    ("machine", "wrong"),
    [
        ({"StartAt": "X", "States": {"A": passing()}}, "MISSING_TRANSITION_TARGET"),
        (
            {"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}}},
            "Missing 'Next' target: B",
        ),
        (
            {"StartAt": "A", "States": {"A": passing(), "B": passing()}},
            'State \\"B\\" is not reachable',
        ),
        ({"StartAt": "A", "States": {"A": {"Type": "Pass"}}}, "'Next' and 'End'"),
        ({"StartAt": "A", "States": {"A": {"Type": "Sleep"}}}, "'Type' must be one of"),
        ({"StartAt": "A", "States": {"A": passing(Retries=3)}}, "'Retries' is not supported"),
        (
            {"StartAt": "A", "QueryLanguage": "JSONata", "States": {"A": passing(InputPath="$")}},
            "'InputPath' is not supported",
        ),
        (
            {"StartAt": "A", "States": {"A": {"Type": "Wait", "End": True}}},
            "Exactly one of Seconds",
        ),
        (
            {
                "StartAt": "A",
                "States": {
                    "A": {
                        "Type": "Parallel",
                        "Branches": [{"StartAt": "B", "States": {}}],
                        "End": True,
                    }
                },
            },
            "/States/A/Branches[0]",
        ),
        ({"StartAt": "A"}, "'States' is required"),
    ],
)
def test_a_machine_that_leads_nowhere_is_refused(
    states: States, machine: dict[str, Any], wrong: str
) -> None:
    """By CreateStateMachine, and by ValidateStateMachineDefinition with the place."""
    text = json.dumps(machine)
    with pytest.raises(ClientError) as caught:
        states.api.create_state_machine(name="nowhere", definition=text, roleArn=states.role)
    assert wrong.replace("\\", "") in caught.value.response["Error"]["Message"]
    found = states.api.validate_state_machine_definition(definition=text)
    assert found["result"] == "FAIL"


def test_an_express_machine_waits_for_nobody(states: States) -> None:
    """Neither .sync nor a token nor an activity is refused in a standard machine."""
    parameters = {"StateMachineArn": "m", "Input": {}}
    text = definition("states:startExecution.sync", parameters)
    for kind, result in (("EXPRESS", "FAIL"), ("STANDARD", "OK")):
        found = states.api.validate_state_machine_definition(definition=text, type=kind)
        assert found["result"] == result


def test_a_templates_machine_logs_as_its_role_may(client: Client, states: States) -> None:
    """The template's logging configuration is the machine's, and its executions are logged."""
    name = f"logged-{uuid.uuid4().hex[:6]}"
    group = f"/aws/vendedlogs/states/{name}"
    client("logs").create_log_group(logGroupName=group)
    arn = f"arn:aws:logs:us-east-1:000000000000:log-group:{group}:*"
    logging = {
        "Level": "ALL",
        "IncludeExecutionData": True,
        "Destinations": [{"CloudWatchLogsLogGroup": {"LogGroupArn": arn}}],
    }
    properties = {
        "StateMachineName": name,
        "RoleArn": make_role(client, "states", allow("logs:*")),
        "DefinitionString": json.dumps({"StartAt": "P", "States": {"P": passing()}}),
        "LoggingConfiguration": logging,
    }
    machine = {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}
    template = json.dumps({"Resources": {"Machine": machine}})
    client("cloudformation").create_stack(StackName=name, TemplateBody=template)
    found = f"arn:aws:states:us-east-1:000000000000:stateMachine:{name}"

    def made() -> bool:
        listed = states.api.list_state_machines()["stateMachines"]
        return found in [each["stateMachineArn"] for each in listed]

    eventually(made)
    facts = states.api.describe_state_machine(stateMachineArn=found)
    assert facts["loggingConfiguration"]["level"] == "ALL"
    states.ended(states.start(found))
    events = client("logs").filter_log_events(logGroupName=group)["events"]
    assert len(events) == 4
