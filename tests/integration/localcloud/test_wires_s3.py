"""Every wire that begins at an object: to functions, queues, topics, state machines."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import botocore.exceptions
import pytest
from conftest import eventually
from localcloud_wires import (
    ECHO,
    Client,
    allow_invoke,
    arn_of,
    bodies,
    logged,
    logged_with,
    make_queue,
    unique,
)

Function = Callable[..., str]


@pytest.fixture
def bucket(client: Client) -> str:
    name = unique("b")
    client("s3").create_bucket(Bucket=name)
    return name


def notify(client: Client, bucket: str, kind: str, target: str, prefix: str, suffix: str) -> None:
    member = {"Lambda": "LambdaFunctionArn", "Queue": "QueueArn", "Topic": "TopicArn"}[kind]
    rules = [{"Name": "prefix", "Value": prefix}, {"Name": "suffix", "Value": suffix}]
    entry = {
        member: target,
        "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"],
        "Filter": {"Key": {"FilterRules": rules}},
    }
    group = "LambdaFunction" if kind == "Lambda" else kind
    client("s3").put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={f"{group}Configurations": [entry]}
    )


@pytest.mark.parametrize("kind", ["Lambda", "Queue", "Topic"])
def test_a_notification_carries_the_objects_of_its_prefix_and_suffix(
    client: Client, function: Function, bucket: str, kind: str
) -> None:
    url, name, target = make_queue(client), "", ""
    if kind == "Lambda":
        name = function(ECHO)
        target = allow_invoke(client, name)
    elif kind == "Queue":
        target = arn_of(url)
    else:
        target = _topic(client, url)
    notify(client, bucket, kind, target, "raw/", ".csv")
    for key in ("raw/a b.csv", "raw/b.txt", "other/c.csv"):
        client("s3").put_object(Bucket=bucket, Key=key, Body=b"12345")
    client("s3").delete_object(Bucket=bucket, Key="raw/a b.csv")

    def events() -> list[Any]:
        if kind == "Lambda":
            return [e for e in logged(client, name) if "Records" in e]
        found = bodies(client, url, 2)
        return [e for e in found if "Records" in e]

    found = eventually(lambda: got if len(got := events()) >= 2 else None)
    records = sorted((e["Records"][0] for e in found), key=lambda r: r["eventName"])
    assert [r["eventName"] for r in records] == ["ObjectCreated:Put", "ObjectRemoved:Delete"]
    assert {r["s3"]["object"]["key"] for r in records} == {"raw/a+b.csv"}
    assert records[0]["s3"]["object"]["size"] == 5
    assert records[0]["s3"]["bucket"]["name"] == bucket
    assert records[0]["eventSource"] == "aws:s3"


def _topic(client: Client, url: str) -> str:
    topic = str(client("sns").create_topic(Name=unique("t"))["TopicArn"])
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "s3.amazonaws.com"},
                "Action": "sns:Publish",
                "Resource": topic,
            }
        ],
    }
    client("sns").set_topic_attributes(
        TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps(policy)
    )
    client("sns").subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=arn_of(url),
        Attributes={"RawMessageDelivery": "true"},
    )
    return topic


def test_the_event_bus_carries_objects_to_a_function_a_queue_and_a_state_machine(
    client: Client, function: Function, bucket: str, role: str
) -> None:
    name, url = function(ECHO), make_queue(client)
    machine = client("stepfunctions").create_state_machine(
        name=unique("m"),
        definition=json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}),
        roleArn=role,
    )["stateMachineArn"]
    client("s3").put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    pattern = {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {"bucket": {"name": [bucket]}, "object": {"key": [{"prefix": "raw/"}]}},
    }
    rule = unique("r")
    client("events").put_rule(Name=rule, EventPattern=json.dumps(pattern))
    client("events").put_targets(
        Rule=rule,
        Targets=[
            {"Id": "f", "Arn": allow_invoke(client, name)},
            {"Id": "q", "Arn": arn_of(url), "InputPath": "$.detail"},
            {"Id": "m", "Arn": machine, "RoleArn": role},
        ],
    )
    client("s3").put_object(Bucket=bucket, Key="other/a.csv", Body=b"1")
    client("s3").put_object(Bucket=bucket, Key="raw/a.csv", Body=b"123")
    assert bodies(client, url)[0]["object"]["size"] == 3
    event = logged_with(client, name, "raw/a.csv")
    assert event["detail"]["reason"] == "PutObject"
    assert event["resources"] == [f"arn:aws:s3:::{bucket}"]
    states = client("stepfunctions")
    runs = eventually(lambda: states.list_executions(stateMachineArn=machine)["executions"])
    given = json.loads(states.describe_execution(executionArn=runs[0]["executionArn"])["input"])
    assert given["detail"]["object"]["key"] == "raw/a.csv"
    assert len(runs) == 1
    client("events").remove_targets(Rule=rule, Ids=["f", "q", "m"])


def test_a_multipart_upload_and_a_copy_are_events_of_their_own(client: Client, bucket: str) -> None:
    url, s3 = make_queue(client), client("s3")
    notify(client, bucket, "Queue", arn_of(url), "", "")
    upload = s3.create_multipart_upload(Bucket=bucket, Key="big")["UploadId"]
    part = s3.upload_part(Bucket=bucket, Key="big", UploadId=upload, PartNumber=1, Body=b"x")
    s3.complete_multipart_upload(
        Bucket=bucket,
        Key="big",
        UploadId=upload,
        MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]},
    )
    s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "big"})
    found: list[str] = []

    def both() -> bool:
        for body in bodies(client, url):
            found.extend(r["eventName"] for r in body.get("Records", []))
        return len(found) >= 2

    eventually(both)
    assert sorted(found) == ["ObjectCreated:CompleteMultipartUpload", "ObjectCreated:Copy"]


def test_a_range_of_an_older_version_is_a_range_of_that_version(client: Client) -> None:
    s3, name = client("s3"), unique("b")
    s3.create_bucket(Bucket=name)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    old = s3.put_object(Bucket=name, Key="k", Body=b"0123456789")["VersionId"]
    s3.put_object(Bucket=name, Key="k", Body=b"abcdefghij")
    found = s3.get_object(Bucket=name, Key="k", VersionId=old, Range="bytes=2-4")
    assert found["Body"].read() == b"234"
    assert (found["ContentRange"], found["VersionId"]) == ("bytes 2-4/10", old)
    assert s3.get_object(Bucket=name, Key="k", Range="bytes=2-4")["Body"].read() == b"cde"
    with pytest.raises(botocore.exceptions.ClientError, match="InvalidRange"):
        s3.get_object(Bucket=name, Key="k", VersionId=old, Range="bytes=10-")
