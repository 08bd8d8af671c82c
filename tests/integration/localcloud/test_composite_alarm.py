"""AWS::CloudWatch::CompositeAlarm in a stack, as the real one behaves."""

from __future__ import annotations

from typing import Any

import pytest
from cloudformation_stacks import Stack, Template
from conftest import eventually
from localcloud_wires import Client, arn_of, bodies, make_queue, unique


def template(name: str, topic: str, **changes: Any) -> Template:
    child = {
        "Namespace": unique("Space"),
        "MetricName": "never",
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 1,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "ignore",
    }
    both = {
        "AlarmName": name,
        "AlarmRule": {"Fn::Sub": 'ALARM("${Child}") OR ALARM("${Other}")'},
        "AlarmDescription": "one of the two",
        "AlarmActions": [topic],
    }
    return {
        "Resources": {
            "Child": {"Type": "AWS::CloudWatch::Alarm", "Properties": child},
            "Other": {"Type": "AWS::CloudWatch::Alarm", "Properties": child},
            "Both": {"Type": "AWS::CloudWatch::CompositeAlarm", "Properties": both | changes},
        },
        "Outputs": {
            "Child": {"Value": {"Ref": "Child"}},
            "Ref": {"Value": {"Ref": "Both"}},
            "Arn": {"Value": {"Fn::GetAtt": ["Both", "Arn"]}},
        },
    }


@pytest.fixture
def topic(client: Client) -> tuple[str, str]:
    """A topic, and the queue that hears it."""
    url = make_queue(client)
    made = client("sns").create_topic(Name=unique("t"))["TopicArn"]
    client("sns").subscribe(TopicArn=made, Protocol="sqs", Endpoint=arn_of(url))
    return made, url


def described(client: Client, name: str) -> list[dict[str, Any]]:
    found = client("cloudwatch").describe_alarms(AlarmNames=[name], AlarmTypes=["CompositeAlarm"])
    return found["CompositeAlarms"]  # type: ignore[no-any-return]


def test_it_lives_and_dies_with_its_stack(client: Client, topic: tuple[str, str]) -> None:
    stack, name = Stack(client), unique("both")
    assert stack.create(template(name, topic[0])) == "CREATE_COMPLETE"
    (alarm,) = described(client, name)
    facts = client("cloudformation").describe_stacks(StackName=stack.name)["Stacks"][0]
    outputs = {o["OutputKey"]: o["OutputValue"] for o in facts["Outputs"]}
    assert (outputs["Ref"], outputs["Arn"]) == (name, alarm["AlarmArn"])
    assert alarm["AlarmDescription"] == "one of the two"
    changed = template(name, topic[0], AlarmDescription="either")
    assert stack.update(changed) == "UPDATE_COMPLETE"
    assert described(client, name)[0]["AlarmDescription"] == "either"
    assert stack.delete() == "DELETE_COMPLETE"
    assert described(client, name) == []


def test_its_message_carries_the_reason_that_it_was_set_with(
    client: Client, topic: tuple[str, str]
) -> None:
    """And no second one comes when its child follows; when the child ends, so does it."""
    stack, name = Stack(client), unique("both")
    stack.create(template(name, topic[0]))
    facts = client("cloudformation").describe_stacks(StackName=stack.name)["Stacks"][0]
    child = next(o["OutputValue"] for o in facts["Outputs"] if o["OutputKey"] == "Child")
    watch = client("cloudwatch")
    for alarm, reason in ((name, "amount: 43 % of rows moved"), (child, "2 > 0")):
        watch.set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason=reason)
    heard = eventually(lambda: bodies(client, topic[1]))
    assert len(heard) == 1
    assert "amount: 43 % of rows moved" in str(heard[0])
    watch.set_alarm_state(AlarmName=child, StateValue="OK", StateReason="none")
    assert described(client, name)[0]["StateValue"] == "OK"
    stack.delete()


def test_what_it_does_not_do_is_refused_by_name(client: Client, topic: tuple[str, str]) -> None:
    stack = Stack(client)
    words = {"ActionsSuppressor": "another"}
    assert stack.create(template(unique("both"), topic[0], **words)) == "ROLLBACK_COMPLETE"
    events = client("cloudformation").describe_stack_events(StackName=stack.name)["StackEvents"]
    reasons = [event.get("ResourceStatusReason", "") for event in events]
    assert any("does not suppress actions: ActionsSuppressor" in reason for reason in reasons)
    stack.delete()
