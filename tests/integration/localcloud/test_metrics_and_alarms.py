"""Metrics from log lines, alarms over shrunken periods, and what follows a change of state."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from conftest import eventually

from localcloud.alarms import next_state
from localcloud.emf import EmfError, metrics_of

Client = Callable[[str], Any]


@pytest.fixture(scope="module")
def watched(client: Client) -> Callable[..., str]:
    """Makes a queue that gets the events a rule matches."""

    def watch(pattern: dict[str, Any]) -> str:
        name = f"q-{uuid.uuid4().hex[:8]}"
        url = str(client("sqs").create_queue(QueueName=name)["QueueUrl"])
        arn = f"arn:aws:sqs:us-east-1:000000000000:{name}"
        client("events").put_rule(Name=name, EventPattern=json.dumps(pattern))
        client("events").put_targets(Rule=name, Targets=[{"Id": "q", "Arn": arn}])
        allow = {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": ["events.amazonaws.com", "sns.amazonaws.com"]},
                    "Action": "sqs:SendMessage",
                    "Resource": arn,
                }
            ],
        }
        client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(allow)})
        return url

    return watch


def received(client: Client, url: str, count: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []

    def enough() -> bool:
        answer = client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)
        got = answer.get("Messages", [])
        for message in got:
            client("sqs").delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        found.extend(json.loads(message["Body"]) for message in got)
        return len(found) >= count

    eventually(enough)
    return found


def test_embedded_metrics_become_metrics(
    client: Client, function: Callable[..., str], invoke: Callable[..., Any]
) -> None:
    """A line as Powertools prints it: dimensions and lists of values among its members."""
    space = f"Emf{uuid.uuid4().hex[:6]}"
    name = function(
        f"""
        import json, time
        def handler(event, context):
            print(json.dumps({{
                "_aws": {{"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [{{
                    "Namespace": "{space}", "Dimensions": [["usecase", "alias"]],
                    "Metrics": [{{"Name": "latency_ms", "Unit": "Milliseconds"}}]}}]}},
                "usecase": "triage", "alias": "live", "latency_ms": [1.0, 3.0], "other": "x"}}))
        """
    )
    invoke(name)
    found = client("cloudwatch").get_metric_data(
        MetricDataQueries=[
            {
                "Id": "m",
                "MetricStat": {
                    "Metric": {
                        "Namespace": space,
                        "MetricName": "latency_ms",
                        "Dimensions": [
                            {"Name": "usecase", "Value": "triage"},
                            {"Name": "alias", "Value": "live"},
                        ],
                    },
                    "Period": 600,
                    "Stat": "Average",
                },
            }
        ],
        StartTime=time.time() - 600,
        EndTime=time.time() + 60,
    )["MetricDataResults"][0]
    assert found["Values"] == [2.0]


def directive(**changes: Any) -> dict[str, Any]:
    base = {"Namespace": "N", "Dimensions": [["d"]], "Metrics": [{"Name": "m"}]}
    return {"Timestamp": 1, "CloudWatchMetrics": [{**base, **changes}]}


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ({"_aws": directive(), "d": "x"}, "metric m"),
        ({"_aws": directive(), "d": "x", "m": "fast"}, "metric m"),
        ({"_aws": directive(), "d": 3, "m": 1}, "dimension d"),
        ({"_aws": directive(), "d": "x", "m": [1] * 101}, "1 to 100"),
        ({"_aws": {**directive(), "Timestamp": "now"}, "d": "x", "m": 1}, "Timestamp"),
        ({"_aws": directive(Namespace=None), "d": "x", "m": 1}, "Namespace"),
    ],
)
def test_a_line_that_breaks_the_format_is_refused(document: dict[str, Any], text: str) -> None:
    with pytest.raises(EmfError, match=text):
        metrics_of(json.dumps(document))


def test_both_forms_of_the_metadata_and_each_dimension_set_are_read() -> None:
    members = {"d": "x", "e": "y", "m": 1}
    head = directive(Dimensions=[["d"], ["d", "e"], []])
    for document in ({"_aws": head, **members}, {**head, **members}):
        data = metrics_of(json.dumps(document))
        assert [d.dimensions for d in data] == [{"d": "x"}, {"d": "x", "e": "y"}, {}]
    assert metrics_of('{"message": "no metrics"}') == []


def test_an_alarm_goes_on_and_off_tells_the_bus_and_the_topic(
    client: Client, watched: Callable[..., str]
) -> None:
    """ALARM when its own dimension breaches, OK again when the data is gone (notBreaching)."""
    alarm = f"a-{uuid.uuid4().hex[:8]}"
    url = watched(
        {
            "source": ["aws.cloudwatch"],
            "detail-type": ["CloudWatch Alarm State Change"],
            "detail": {"alarmName": [alarm], "state": {"value": ["ALARM", "OK"]}},
        }
    )
    topic = client("sns").create_topic(Name=alarm)["TopicArn"]
    notes = watched({"source": ["nothing"]})
    client("sns").subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=f"arn:aws:sqs:us-east-1:000000000000:{notes.rpartition('/')[2]}",
    )
    client("cloudwatch").put_metric_alarm(
        AlarmName=alarm,
        Namespace="T",
        MetricName="drift",
        Dimensions=[{"Name": "usecase", "Value": alarm}],
        Statistic="Maximum",
        Period=60,  # one second at this server's scale
        EvaluationPeriods=1,
        Threshold=0.25,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
        AlarmActions=[topic],
    )

    def state() -> str:
        found = client("cloudwatch").describe_alarms(AlarmNames=[alarm])["MetricAlarms"]
        return str(found[0]["StateValue"])

    def put(who: str, value: float) -> None:
        client("cloudwatch").put_metric_data(
            Namespace="T",
            MetricData=[
                {
                    "MetricName": "drift",
                    "Dimensions": [{"Name": "usecase", "Value": who}],
                    "Value": value,
                }
            ],
        )

    eventually(lambda: state() == "OK")  # missing data do not breach
    put("another", 9.0)
    time.sleep(0.3)
    assert state() == "OK"
    put(alarm, 0.5)
    eventually(lambda: state() == "ALARM", 2.0)
    began = time.monotonic()
    eventually(lambda: state() == "OK", 4.0)
    assert time.monotonic() - began < 3.0
    events = received(client, url, 3)
    changes = sorted((e["time"], e["detail"]["state"]["value"]) for e in events)
    assert {value for _, value in changes} == {"OK", "ALARM"}
    on = next(e for e in events if e["detail"]["state"]["value"] == "ALARM")
    assert on["detail"]["previousState"]["value"] == "OK"
    assert on["resources"] == [f"arn:aws:cloudwatch:us-east-1:000000000000:alarm:{alarm}"]
    note = json.loads(received(client, notes, 1)[0]["Message"])
    assert (note["AlarmName"], note["NewStateValue"]) == (alarm, "ALARM")


@pytest.mark.parametrize(
    ("treat", "values", "needed", "expected"),
    [
        ("notBreaching", [None, None], None, "OK"),
        ("breaching", [None, None], None, "ALARM"),
        ("missing", [None, None], None, "INSUFFICIENT_DATA"),
        ("ignore", [None, None], None, "OK"),
        ("missing", [9.0, None], None, "ALARM"),
        ("ignore", [9.0, None], None, "OK"),
        ("notBreaching", [9.0, None], None, "OK"),
        ("notBreaching", [9.0, 1.0, 9.0], 2, "ALARM"),
        ("notBreaching", [9.0, 1.0, 1.0], 2, "OK"),
    ],
)
def test_missing_data_count_as_the_alarm_says(
    treat: str, values: list[float | None], needed: int | None, expected: str
) -> None:
    alarm = {
        "StateValue": "OK",
        "TreatMissingData": treat,
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": 5,
        "DatapointsToAlarm": needed,
    }
    assert next_state(alarm, values) == expected


def test_a_stack_announces_its_status(client: Client, watched: Callable[..., str]) -> None:
    url = watched({"detail-type": ["CloudFormation Stack Status Change"]})
    template = {"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}
    stack = client("cloudformation").create_stack(
        StackName=f"s-{uuid.uuid4().hex[:6]}", TemplateBody=json.dumps(template)
    )["StackId"]
    events = [e for e in received(client, url, 2) if e["resources"] == [stack]]
    states = {e["detail"]["status-details"]["status"] for e in events}
    assert states == {"CREATE_IN_PROGRESS", "CREATE_COMPLETE"}
    assert all(e["source"] == "aws.cloudformation" for e in events)
    assert all(e["detail"]["stack-id"] == stack for e in events)


def test_an_object_event_names_the_version(client: Client, watched: Callable[..., str]) -> None:
    bucket = f"b-{uuid.uuid4().hex[:8]}"
    s3 = client("s3")
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    url = watched({"source": ["aws.s3"], "detail": {"bucket": {"name": [bucket]}}})
    version = s3.put_object(Bucket=bucket, Key="raw/a.csv", Body=b"1")["VersionId"]
    event = received(client, url, 1)[0]
    assert event["detail"]["object"]["version-id"] == version


def test_rates_follow_the_clock(client: Client, watched: Callable[..., str], role: str) -> None:
    """Every minute is every second here, for rules and for Scheduler."""
    urls = [watched({"source": ["nothing"]}) for _ in range(2)]
    arns = [f"arn:aws:sqs:us-east-1:000000000000:{url.rpartition('/')[2]}" for url in urls]
    client("events").put_rule(Name="ticks", ScheduleExpression="rate(1 minute)")
    client("events").put_targets(Rule="ticks", Targets=[{"Id": "q", "Arn": arns[0]}])
    client("scheduler").create_schedule(
        Name="ticks",
        ScheduleExpression="rate(1 minutes)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": arns[1], "RoleArn": role, "Input": "{}"},
    )
    for url in urls:
        received(client, url, 2)
    client("events").remove_targets(Rule="ticks", Ids=["q"])
    client("scheduler").delete_schedule(Name="ticks")


def test_waits_and_retries_of_a_state_machine_follow_the_clock(client: Client, role: str) -> None:
    definition = {
        "StartAt": "Wait",
        "States": {
            "Wait": {"Type": "Wait", "Seconds": 60, "Next": "Ask"},
            "Ask": {
                "Type": "Task",
                "Resource": "arn:aws:states:::aws-sdk:dynamodb:describeTable",
                "Parameters": {"TableName": "nowhere"},
                "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 60, "MaxAttempts": 1}],
                "End": True,
            },
        },
    }
    states = client("stepfunctions")
    machine = states.create_state_machine(
        name=f"m-{uuid.uuid4().hex[:6]}", definition=json.dumps(definition), roleArn=role
    )["stateMachineArn"]
    began = time.monotonic()
    run = states.start_execution(stateMachineArn=machine)["executionArn"]
    eventually(lambda: states.describe_execution(executionArn=run)["status"] == "FAILED")
    assert 1.9 < time.monotonic() - began < 5.0
