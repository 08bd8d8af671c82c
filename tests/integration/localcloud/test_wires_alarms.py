"""From a printed line to somebody's queue: embedded metric, alarm, composite, topic, bus."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

from conftest import eventually
from localcloud_wires import (
    ECHO,
    Client,
    allow_invoke,
    arn_of,
    bodies,
    logged_with,
    make_queue,
    unique,
)

Function = Callable[..., str]


def test_a_printed_metric_raises_an_alarm_and_a_composite_tells_a_queue_and_a_function(
    client: Client, function: Function
) -> None:
    space, alarm, both = unique("Space"), unique("a"), unique("c")
    url, echo = make_queue(client), function(ECHO)
    printer = function(
        f"""
        import json, time
        def handler(event, context):
            names = {{"Dimensions": [["who"]], "Metrics": [{{"Name": "bad"}}]}}
            metric = {{"Namespace": "{space}", **names}}
            head = {{"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [metric]}}
            print(json.dumps({{"_aws": head, "who": "me", "bad": event}}))
        """
    )
    topic = client("sns").create_topic(Name=both)["TopicArn"]
    client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn_of(url))
    client("sns").subscribe(TopicArn=topic, Protocol="lambda", Endpoint=allow_invoke(client, echo))
    watch = client("cloudwatch")
    watch.put_metric_alarm(
        AlarmName=alarm,
        Namespace=space,
        MetricName="bad",
        Dimensions=[{"Name": "who", "Value": "me"}],
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
    )
    rule = f'ALARM("{alarm}") AND NOT ALARM("nothing-of-this-name")'
    watch.put_metric_alarm(
        AlarmName="nothing-of-this-name",
        Namespace=space,
        MetricName="never",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
    )
    watch.put_composite_alarm(
        AlarmName=both, AlarmRule=rule, AlarmActions=[topic], OKActions=[topic]
    )
    eventually(lambda: state(client, alarm) == "OK")
    client("lambda").invoke(FunctionName=printer, Payload="5")
    notes = [json.loads(each["Message"]) for each in bodies(client, url, 3)]
    changes = [(n["AlarmName"], n["NewStateValue"]) for n in notes]
    # At first none is on; at last the metric has left its window.
    assert changes == [(both, "OK"), (both, "ALARM"), (both, "OK")]
    record = logged_with(client, echo, '\\"ALARM\\"')["Records"][0]
    assert json.loads(record["Sns"]["Message"])["AlarmName"] == both


def state(client: Client, alarm: str) -> str:
    found = client("cloudwatch").describe_alarms(AlarmNames=[alarm])["MetricAlarms"]
    return str(found[0]["StateValue"])


def test_an_alarm_on_a_functions_own_errors_calls_a_rule(
    client: Client, function: Function
) -> None:
    """AWS/Lambda Errors -> alarm -> bus -> queue."""
    name = function("def handler(event, context): raise ValueError('no')\n")
    alarm, url = unique("a"), make_queue(client)
    pattern = {
        "source": ["aws.cloudwatch"],
        "detail": {"alarmName": [alarm], "state": {"value": ["ALARM"]}},
    }
    client("events").put_rule(Name=alarm, EventPattern=json.dumps(pattern))
    client("events").put_targets(Rule=alarm, Targets=[{"Id": "q", "Arn": arn_of(url)}])
    client("cloudwatch").put_metric_alarm(
        AlarmName=alarm,
        Namespace="AWS/Lambda",
        MetricName="Errors",
        Dimensions=[{"Name": "FunctionName", "Value": name}],
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=0,
        ComparisonOperator="GreaterThanThreshold",
    )
    began = time.monotonic()
    client("lambda").invoke(FunctionName=name)
    event = bodies(client, url)[0]
    assert time.monotonic() - began < 3
    assert (
        event["detail"]["configuration"]["metrics"][0]["metricStat"]["metric"]["name"] == "Errors"
    )
    client("events").remove_targets(Rule=alarm, Ids=["q"])
