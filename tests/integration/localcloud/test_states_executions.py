"""Executions: redriven from where they failed, express, logged, counted, named."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from conftest import eventually
from localcloud_roles import allow, make_role
from states_world import Client, States, passing

import localcloud


@pytest.fixture(scope="module")
def states(client: Client, role: str) -> States:
    return States(client, role)


@pytest.fixture
def gate(client: Client) -> Callable[[bool], str]:
    """A task that fails until its parameter exists."""
    name = f"gate-{uuid.uuid4().hex[:8]}"

    def opened(open_: bool) -> str:
        if open_:
            client("ssm").put_parameter(Name=name, Value="1", Type="String", Overwrite=True)
        return name

    return opened


def through(name: str, **fields: Any) -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:ssm:getParameter",
        "Parameters": {"Name": name},
        "ResultPath": "$.got",
        **({} if "Next" in fields else {"End": True}),
        **fields,
    }


def test_a_redrive_goes_on_from_the_failed_state(
    states: States, gate: Callable[[bool], str]
) -> None:
    """What has been done is not done again; variables, input and history are kept."""
    first = {"Type": "Pass", "Assign": {"v": 5}, "Result": {"a": 1}, "Next": "T"}
    last = passing(Parameters={"v.$": "$v", "a.$": "$.a", "count.$": "$$.Execution.RedriveCount"})
    machine = states.machine({"P": first, "T": through(gate(False), Next="L"), "L": last})
    arn = states.start(machine)
    facts = states.ended(arn)
    assert (facts["error"], facts["redriveStatus"]) == (
        "Ssm.ParameterNotFoundException",
        "REDRIVABLE",
    )
    gate(True)
    states.api.redrive_execution(executionArn=arn)
    facts = states.ended(arn)
    assert json.loads(facts["output"]) == {"v": 5, "a": 1, "count": 1}
    assert (facts["redriveCount"], facts["redriveStatus"]) == (1, "NOT_REDRIVABLE")
    kinds = states.kinds(arn)
    assert kinds.count("PassStateEntered") == 2  # the first and the last, once each
    assert kinds[kinds.index("ExecutionRedriven") + 1] == "TaskStateEntered"
    redriven = states.api.list_executions(stateMachineArn=machine, redriveFilter="REDRIVEN")
    assert [one["executionArn"] for one in redriven["executions"]] == [arn]


def test_a_redrive_repeats_only_the_branches_and_iterations_that_failed(
    states: States, gate: Callable[[bool], str]
) -> None:
    each = {
        "Type": "Map",
        "ItemsPath": "$.list",
        "ItemProcessor": {
            "StartAt": "C",
            "States": {
                "C": {
                    "Type": "Choice",
                    "Choices": [{"Variable": "$.n", "NumericEquals": 2, "Next": "T"}],
                    "Default": "P",
                },
                "T": {"Type": "Wait", "Seconds": 20, "Next": "G"},
                "G": through(gate(False), ResultPath=None),
                "P": passing(),
            },
        },
        "End": True,
    }
    branches = [
        {"StartAt": "B", "States": {"B": passing(Result="done")}},
        {"StartAt": "M", "States": {"M": each}},
    ]
    machine = states.machine({"A": {"Type": "Parallel", "Branches": branches, "End": True}})
    arn = states.start(machine, {"list": [{"n": 1}, {"n": 2}, {"n": 3}]})
    assert states.ended(arn)["status"] == "FAILED"
    gate(True)
    states.api.redrive_execution(executionArn=arn)
    facts = states.ended(arn)
    assert json.loads(facts["output"]) == ["done", [{"n": 1}, {"n": 2}, {"n": 3}]]
    kinds = states.kinds(arn)
    assert (kinds.count("PassStateEntered"), kinds.count("WaitStateEntered")) == (3, 1)


def test_a_redrive_runs_the_failed_children_of_a_map_run_again(
    states: States, gate: Callable[[bool], str]
) -> None:
    """The same Map Run, with its children's own redrive counts."""
    inner = {
        "C": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.n", "NumericEquals": 2, "Next": "G"}],
            "Default": "P",
        },
        "G": through(gate(False), ResultPath=None),
        "P": passing(),
    }
    processor = {
        "StartAt": "C",
        "States": inner,
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
    }
    state = {"Type": "Map", "ItemProcessor": processor, "MaxConcurrency": 1, "End": True}
    arn = states.start(states.machine({"M": state}), [{"n": n} for n in (1, 2, 3)])
    assert states.ended(arn)["error"] == "States.ExceedToleratedFailureThreshold"
    (run,) = states.api.list_map_runs(executionArn=arn)["mapRuns"]
    gate(True)
    states.api.redrive_execution(executionArn=arn)
    assert json.loads(states.ended(arn)["output"]) == [{"n": 1}, {"n": 2}, {"n": 3}]
    found = states.api.describe_map_run(mapRunArn=run["mapRunArn"])
    assert (found["status"], found["redriveCount"]) == ("SUCCEEDED", 1)
    children = states.api.list_executions(mapRunArn=run["mapRunArn"])["executions"]
    assert sorted(child["redriveCount"] for child in children) == [0, 0, 1]
    assert "MapRunRedriven" in states.kinds(arn)


def test_what_did_not_fail_is_not_redriven(states: States) -> None:
    arn = states.start(states.machine({"P": passing()}))
    states.ended(arn)
    for execution, code in (
        (arn, "ExecutionNotRedrivable"),
        (f"{arn}x", "ExecutionDoesNotExist"),
    ):
        with pytest.raises(ClientError) as caught:
            states.api.redrive_execution(executionArn=execution)
        assert caught.value.response["Error"]["Code"] == code


def test_a_stopped_execution_can_be_redriven(states: States) -> None:
    wait = {"Type": "Wait", "Seconds": 90, "End": True}
    arn = states.start(states.machine({"W": wait}))
    time.sleep(0.2)
    states.api.stop_execution(executionArn=arn)
    states.api.redrive_execution(executionArn=arn)
    assert states.ended(arn)["status"] == "SUCCEEDED"


def test_a_name_is_taken_once_and_the_same_start_may_be_repeated(states: States) -> None:
    machine = states.machine({"W": {"Type": "Wait", "Seconds": 60, "End": True}})
    words = {"stateMachineArn": machine, "name": "one", "input": "{}"}
    arn = states.api.start_execution(**words)["executionArn"]
    assert states.api.start_execution(**words)["executionArn"] == arn
    for change, code in (
        ({"input": "[]"}, "ExecutionAlreadyExists"),
        ({"name": "a b"}, "InvalidName"),
        ({"name": "two", "input": "{"}, "InvalidExecutionInput"),
    ):
        with pytest.raises(ClientError) as caught:
            states.api.start_execution(**{**words, **change})
        assert caught.value.response["Error"]["Code"] == code


def test_an_execution_keeps_the_definition_it_began_with(states: States) -> None:
    wait = {"Type": "Wait", "Seconds": 60, "Next": "P"}
    machine = states.machine({"W": wait, "P": passing(Result="old")})
    arn = states.start(machine)
    changed = {"StartAt": "P", "States": {"P": passing(Result="new")}}
    states.api.update_state_machine(stateMachineArn=machine, definition=json.dumps(changed))
    assert states.ended(arn)["output"] == '"old"'
    kept = states.api.describe_state_machine_for_execution(executionArn=arn)
    assert json.loads(kept["definition"])["StartAt"] == "W"
    assert states.ended(states.start(machine))["output"] == '"new"'


def test_an_alias_runs_its_version(states: States) -> None:
    machine = states.machine({"P": passing(Result=1)}, publish=True)
    version = f"{machine}:1"
    changed = {"StartAt": "P", "States": {"P": passing(Result=2)}}
    states.api.update_state_machine(stateMachineArn=machine, definition=json.dumps(changed))
    route = [{"stateMachineVersionArn": version, "weight": 100}]
    alias = states.api.create_state_machine_alias(name="live", routingConfiguration=route)
    facts = states.ended(states.start(alias["stateMachineAliasArn"]))
    assert facts["output"] == "1"
    assert facts["stateMachineVersionArn"] == version
    assert facts["stateMachineAliasArn"] == alias["stateMachineAliasArn"]


def test_an_express_machine_answers_at_once_and_leaves_no_record(
    cloud: localcloud.Running, states: States
) -> None:
    """Output or error in StartSyncExecution's answer; a standard machine refuses it."""
    keys = localcloud.credentials()
    api = boto3.client(
        "stepfunctions",
        region_name="us-east-1",
        endpoint_url=cloud.endpoint,
        aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
        config=Config(inject_host_prefix=False),  # no name server knows sync-127.0.0.1
    )
    express = states.machine({"P": passing(Parameters={"n.$": "$.n"})}, type="EXPRESS")
    answer = api.start_sync_execution(stateMachineArn=express, input='{"n": 1}')
    assert (answer["status"], json.loads(answer["output"])) == ("SUCCEEDED", {"n": 1})
    failed = api.start_sync_execution(stateMachineArn=express, input="{}")
    assert (failed["status"], failed["error"]) == ("FAILED", "States.Runtime")
    assert "output" not in failed
    with pytest.raises(ClientError) as caught:
        states.api.describe_execution(executionArn=answer["executionArn"])
    assert caught.value.response["Error"]["Code"] == "ExecutionDoesNotExist"
    with pytest.raises(ClientError) as caught:
        api.start_sync_execution(stateMachineArn=states.machine({"P": passing()}))
    assert caught.value.response["Error"]["Code"] == "StateMachineTypeNotSupported"


def logging_to(group: str, level: str, data: bool) -> dict[str, Any]:
    arn = f"arn:aws:logs:us-east-1:000000000000:log-group:{group}:*"
    destination = {"cloudWatchLogsLogGroup": {"logGroupArn": arn}}
    return {"level": level, "includeExecutionData": data, "destinations": [destination]}


@pytest.mark.parametrize(
    ("level", "kinds"),
    [
        (
            "ALL",
            [
                "ExecutionStarted",
                "PassStateEntered",
                "PassStateExited",
                "FailStateEntered",
                "ExecutionFailed",
            ],
        ),
        ("ERROR", ["ExecutionFailed"]),
        ("FATAL", ["ExecutionFailed"]),
        ("OFF", []),
    ],
)
def test_executions_are_logged_by_level(
    client: Client, states: States, level: str, kinds: list[str]
) -> None:
    """One line an event, with input and output only when the machine says so."""
    group = f"/aws/vendedlogs/states/{uuid.uuid4().hex[:8]}"
    client("logs").create_log_group(logGroupName=group)
    settings = logging_to(group, level, level == "ALL")
    made = {"P": {"Type": "Pass", "Next": "F"}, "F": {"Type": "Fail", "Error": "E"}}
    facts = states.run(made, {"n": 1}, loggingConfiguration=settings)
    events = client("logs").filter_log_events(logGroupName=group)["events"]
    lines = [json.loads(event["message"]) for event in events]
    assert [line["type"] for line in lines] == kinds
    if level == "ALL":
        assert lines[1]["details"]["input"] == '{"n": 1}'
        assert lines[1]["execution_arn"] == facts["executionArn"]


def test_a_role_that_may_not_deliver_logs_is_refused(client: Client, states: States) -> None:
    """AWS asks the role when the machine is made, not when it runs."""
    settings = logging_to("/aws/vendedlogs/states/x", "ALL", True)
    client("logs").create_log_group(logGroupName="/aws/vendedlogs/states/x")
    bad = make_role(client, "states", allow("sqs:SendMessage"))
    with pytest.raises(ClientError) as caught:
        states.machine({"P": passing()}, roleArn=bad, loggingConfiguration=settings)
    error = caught.value.response["Error"]
    assert error["Code"] == "AccessDeniedException"
    assert "not authorized to access the Log Destination" in error["Message"]


def test_status_changes_are_events_and_metrics(client: Client, states: States) -> None:
    """RUNNING and FAILED on the bus, which promises no order; ExecutionsFailed in AWS/States."""
    queue = client("sqs").create_queue(QueueName=f"q-{uuid.uuid4().hex[:8]}")["QueueUrl"]
    arn = client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    arn = arn["Attributes"]["QueueArn"]
    statement = {"Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    client("sqs").set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
    machine = states.machine({"F": {"Type": "Fail", "Error": "E", "Cause": "c"}})
    pattern = {"source": ["aws.states"], "detail": {"stateMachineArn": [machine]}}
    client("events").put_rule(Name="states-status", EventPattern=json.dumps(pattern))
    client("events").put_targets(Rule="states-status", Targets=[{"Id": "q", "Arn": arn}])
    states.ended(states.start(machine))
    found: list[Any] = []

    def both() -> bool:
        got = client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
        found.extend(json.loads(one["Body"])["detail"] for one in got.get("Messages", []))
        return len(found) == 2

    eventually(both)
    failed, running = sorted(found, key=lambda one: str(one["status"]))
    assert (running["status"], failed["status"]) == ("RUNNING", "FAILED")
    assert (failed["error"], failed["redriveStatus"]) == ("E", "REDRIVABLE")
    metrics = client("cloudwatch").list_metrics(Namespace="AWS/States")["Metrics"]
    mine = {m["MetricName"] for m in metrics if m["Dimensions"][0]["Value"] == machine}
    assert {"ExecutionsStarted", "ExecutionsFailed", "ExecutionTime"} <= mine
