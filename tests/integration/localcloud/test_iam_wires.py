"""What no one sends by hand is refused too: each wire asks its role, policy and key."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from conftest import eventually
from localcloud_roles import ACCOUNT, allow, make_role
from localcloud_users import document, lets, make_key, make_queue, received

Client = Callable[[str], Any]
ECHO = "def handler(event, context):\n    print('GOT', event)\n    return event\n"


def tag() -> str:
    return uuid.uuid4().hex[:8]


def rule(client: Client, source: str, *targets: dict[str, Any]) -> str:
    name = f"r-{tag()}"
    pattern = json.dumps({"source": [source]})
    made = client("events").put_rule(Name=name, EventPattern=pattern)
    client("events").put_targets(Rule=name, Targets=[{"Id": "t", **t} for t in targets])
    return str(made["RuleArn"])


def send(client: Client, source: str) -> None:
    entry = {"Source": source, "DetailType": "d", "Detail": json.dumps({"word": source})}
    client("events").put_events(Entries=[entry])


def arn_of(client: Client, function: str) -> str:
    found = client("lambda").get_function(FunctionName=function)
    return str(found["Configuration"]["FunctionArn"])


def let(client: Client, function: str, service: str, source: str) -> None:
    client("lambda").add_permission(
        FunctionName=function,
        StatementId=f"s{tag()}",
        Action="lambda:InvokeFunction",
        Principal=f"{service}.amazonaws.com",
        SourceArn=source,
    )


def said(client: Client, function: str, word: str) -> bool:
    group = f"/aws/lambda/{function}"
    try:
        events = client("logs").filter_log_events(logGroupName=group)["events"]
    except client("logs").exceptions.ResourceNotFoundException:
        return False
    return any(word in event["message"] for event in events)


@pytest.fixture(scope="module")
def echo(function: Callable[..., str]) -> str:
    return function(ECHO)


def test_a_rule_is_let_in_by_the_functions_policy(client: Client, echo: str) -> None:
    """Without a permission, and with one for another rule: the dead-letter queue says why."""
    source, arn = f"s.{tag()}", arn_of(client, echo)
    url, queue = make_queue(client, lets("events", "sqs:SendMessage"))
    made = rule(client, source, {"Arn": arn, "DeadLetterConfig": {"Arn": queue}})
    let(client, echo, "events", made + "-another")
    send(client, source)
    (message,) = eventually(lambda: received(client, url, 1))
    facts = {k: v["StringValue"] for k, v in message["MessageAttributes"].items()}
    assert facts["ERROR_CODE"] == "NO_PERMISSIONS"
    assert facts["RULE_ARN"] == made
    assert facts["TARGET_ARN"] == arn
    assert "lambda:InvokeFunction" in facts["ERROR_MESSAGE"]
    assert not said(client, echo, source)
    let(client, echo, "events", made)
    send(client, source)
    eventually(lambda: said(client, echo, source))


def test_a_refused_event_is_counted(client: Client, echo: str) -> None:
    """AWS/Events FailedInvocations, by the rule's name."""
    source = f"s.{tag()}"
    made = rule(client, source, {"Arn": arn_of(client, echo)})
    send(client, source)
    now = datetime.now(UTC)

    def counted() -> bool:
        points = client("cloudwatch").get_metric_statistics(
            Namespace="AWS/Events",
            MetricName="FailedInvocations",
            Dimensions=[{"Name": "RuleName", "Value": made.rpartition("/")[2]}],
            StartTime=now - timedelta(minutes=5),
            EndTime=now + timedelta(minutes=5),
            Period=60,
            Statistics=["Sum"],
        )["Datapoints"]
        return sum(p["Sum"] for p in points) == 1.0

    eventually(counted)


def test_a_rule_starts_a_state_machine_as_its_role(client: Client, role: str) -> None:
    """The role needs states:StartExecution, and must trust events.amazonaws.com."""
    definition = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}
    machine = client("stepfunctions").create_state_machine(
        name=f"m-{tag()}", definition=json.dumps(definition), roleArn=role
    )["stateMachineArn"]
    url, queue = make_queue(client, lets("events", "sqs:SendMessage"))
    source = f"s.{tag()}"
    cases = {
        "may": make_role(client, "events", allow("states:StartExecution", on=machine)),
        "may not": make_role(client, "events", allow("states:StopExecution", on=machine)),
    }
    for mine in cases.values():
        rule(client, source, {"Arn": machine, "RoleArn": mine, "DeadLetterConfig": {"Arn": queue}})
    send(client, source)
    (refused,) = eventually(lambda: received(client, url, 1))
    assert "states:StartExecution" in refused["MessageAttributes"]["ERROR_MESSAGE"]["StringValue"]

    def executions() -> list[Any]:
        found = client("stepfunctions").list_executions(stateMachineArn=machine)
        return list(found["executions"])

    assert len(eventually(executions)) == 1


def test_a_rule_feeds_a_stream_as_its_role(client: Client) -> None:
    """Kinesis has no policy that would let a rule in: only the role does."""
    name, source = f"k-{tag()}", f"s.{tag()}"
    client("kinesis").create_stream(StreamName=name, ShardCount=1)
    arn = f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/{name}"
    mine = make_role(client, "events", allow("kinesis:PutRecord", on=arn))
    rule(client, source, {"Arn": arn, "RoleArn": mine})
    send(client, source)
    shard = client("kinesis").get_shard_iterator(
        StreamName=name, ShardId="shardId-000000000000", ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    records = eventually(lambda: client("kinesis").get_records(ShardIterator=shard)["Records"])
    assert json.loads(records[0]["Data"])["detail"] == {"word": source}


def test_a_schedule_acts_as_its_role(client: Client) -> None:
    """Whatever the target; its dead-letter queue is written to as the role too."""
    url, queue = make_queue(client)
    dead_url, dead = make_queue(client)
    mine = make_role(client, "scheduler", allow("sqs:SendMessage", on=dead))
    name = f"n-{tag()}"
    target = {"Arn": queue, "RoleArn": mine, "Input": "x", "DeadLetterConfig": {"Arn": dead}}
    words = {
        "Name": name,
        "ScheduleExpression": "rate(1 minute)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
    }
    client("scheduler").create_schedule(**words, Target=target)
    (message, *_) = eventually(lambda: received(client, dead_url, 1))
    assert "sqs:SendMessage" in message["MessageAttributes"]["ERROR_MESSAGE"]["StringValue"]
    assert received(client, url) == []
    able = make_role(client, "scheduler", allow("sqs:SendMessage", on=queue))
    client("scheduler").update_schedule(**words, Target={**target, "RoleArn": able})
    eventually(lambda: received(client, url, 1))
    client("scheduler").delete_schedule(Name=name)


def test_a_bucket_and_a_topic_are_let_in_by_the_functions_policy(client: Client, echo: str) -> None:
    """S3's and SNS's notifications ask for their source, each."""
    arn, bucket = arn_of(client, echo), f"b-{tag()}"
    topic = client("sns").create_topic(Name=f"t-{tag()}")["TopicArn"]
    client("sns").subscribe(TopicArn=topic, Protocol="lambda", Endpoint=arn)
    client("s3").create_bucket(Bucket=bucket)
    early, late = tag(), tag()
    client("sns").publish(TopicArn=topic, Message=early)
    let(client, echo, "s3", f"arn:aws:s3:::{bucket}")
    let(client, echo, "sns", topic)
    wanted = [{"LambdaFunctionArn": arn, "Events": ["s3:ObjectCreated:*"]}]
    client("s3").put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"LambdaFunctionConfigurations": wanted}
    )
    client("s3").put_object(Bucket=bucket, Key=late + "-object", Body=b"")
    client("sns").publish(TopicArn=topic, Message=late + "-message")
    eventually(lambda: said(client, echo, late + "-object"))
    eventually(lambda: said(client, echo, late + "-message"))
    assert not said(client, echo, early)


@pytest.mark.parametrize("named", [False, True])
def test_an_encrypted_topic_hears_an_alarm_only_if_its_key_names_cloudwatch(
    client: Client, named: bool
) -> None:
    key = make_key(client, *([lets("cloudwatch", "kms:Decrypt", "kms:GenerateDataKey*")] * named))
    topic = client("sns").create_topic(
        Name=f"t-{tag()}",
        Attributes={
            "KmsMasterKeyId": key,
            "Policy": document(lets("cloudwatch", "sns:Publish")),
        },
    )["TopicArn"]
    url, queue = make_queue(client, lets("sns", "sqs:SendMessage"))
    client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
    name = f"a-{tag()}"
    client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        Namespace="n",
        MetricName=name,
        Statistic="Sum",
        Period=3600,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        AlarmActions=[topic],
    )
    client("cloudwatch").set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="x")
    if named:
        assert eventually(lambda: received(client, url, 1))
    else:
        assert received(client, url, 1) == []


def test_a_topic_cannot_write_into_a_queue_whose_key_does_not_name_sns(client: Client) -> None:
    closed, open_ = make_key(client), make_key(client, lets("sns", "kms:*"))
    urls = {}
    topic = client("sns").create_topic(Name=f"t-{tag()}")["TopicArn"]
    for key in (closed, open_):
        urls[key], queue = make_queue(client, lets("sns", "sqs:SendMessage"), KmsMasterKeyId=key)
        client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
    client("sns").publish(TopicArn=topic, Message="hello")
    assert eventually(lambda: received(client, urls[open_], 1))
    assert received(client, urls[closed]) == []


def test_a_log_filter_that_cannot_deliver_is_refused(client: Client, echo: str) -> None:
    """AWS sends a test message when the filter is put; a function needs a permission."""
    group, arn = f"/g/{tag()}", arn_of(client, echo)
    client("logs").create_log_group(logGroupName=group)
    words = {"logGroupName": group, "filterName": "f", "filterPattern": ""}
    with pytest.raises(ClientError, match="Could not execute the lambda function"):
        client("logs").put_subscription_filter(**words, destinationArn=arn)
    source = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:{group}:*"
    let(client, echo, "logs", source)
    client("logs").put_subscription_filter(**words, destinationArn=arn)
    stream = f"arn:aws:firehose:us-east-1:{ACCOUNT}:deliverystream/any"
    unable = make_role(client, "logs", allow("firehose:DescribeDeliveryStream", on=stream))
    with pytest.raises(ClientError, match="Could not deliver test message to specified Firehose"):
        client("logs").put_subscription_filter(**words, destinationArn=stream, roleArn=unable)


def test_firehose_writes_as_its_role_and_tries_again(client: Client) -> None:
    """A stream whose role may not write keeps the data, says so, and delivers once it may."""
    bucket, name, group = f"b-{tag()}", f"d-{tag()}", f"/aws/firehose/{tag()}"
    client("s3").create_bucket(Bucket=bucket)
    client("logs").create_log_group(logGroupName=group)
    client("logs").create_log_stream(logGroupName=group, logStreamName="S3")
    mine = make_role(client, "firehose", allow("logs:PutLogEvents"))
    client("firehose").create_delivery_stream(
        DeliveryStreamName=name,
        ExtendedS3DestinationConfiguration={
            "RoleARN": mine,
            "BucketARN": f"arn:aws:s3:::{bucket}",
            "BufferingHints": {"IntervalInSeconds": 0, "SizeInMBs": 1},
            "CloudWatchLoggingOptions": {
                "Enabled": True,
                "LogGroupName": group,
                "LogStreamName": "S3",
            },
        },
    )
    client("firehose").put_record(DeliveryStreamName=name, Record={"Data": b"one"})

    def errors() -> list[Any]:
        return list(client("logs").filter_log_events(logGroupName=group)["events"])

    (first, *_) = eventually(errors)
    assert json.loads(first["message"])["errorCode"] == "S3.AccessDenied"
    assert "Contents" not in client("s3").list_objects_v2(Bucket=bucket)
    client("iam").put_role_policy(
        RoleName=mine.rpartition("/")[2],
        PolicyName="s3",
        PolicyDocument=document(
            allow("s3:*", on=[f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"])
        ),
    )
    found = eventually(lambda: client("s3").list_objects_v2(Bucket=bucket).get("Contents"))
    assert client("s3").get_object(Bucket=bucket, Key=found[0]["Key"])["Body"].read() == b"one"


def test_a_function_without_the_right_to_log_runs_and_logs_nothing(
    client: Client, function: Callable[..., str], invoke: Callable[..., Any]
) -> None:
    silent = function(ECHO, Role=make_role(client, "lambda"))
    assert invoke(silent, {"n": 1}) == {"n": 1}
    group = f"/aws/lambda/{silent}"
    assert client("logs").describe_log_groups(logGroupNamePrefix=group)["logGroups"] == []
