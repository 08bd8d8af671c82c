"""Queues and streams call functions: batches, windows, filters, partial failures, order."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from conftest import eventually
from localcloud_roles import allow, make_role
from localcloud_wires import ARN, Client, arn_of, bodies, logged, make_queue, unique

Function = Callable[..., str]
# Prints each batch; gives back the records that say "bad", and fails as a whole on "boom".
SOURCE = """
    import base64, json
    def text(record):
        if "kinesis" in record:
            return base64.b64decode(record["kinesis"]["data"]).decode()
        if "dynamodb" in record:
            return record["dynamodb"]["Keys"]["id"]["S"]
        return record["body"]
    def name(record):
        if "messageId" in record:
            return record["messageId"]
        return (record.get("kinesis") or record["dynamodb"]).get("sequenceNumber") or record[
            "dynamodb"]["SequenceNumber"]
    def handler(event, context):
        texts = [text(r) for r in event["Records"]]
        print("EVENT " + json.dumps(texts))
        if any("boom" in t for t in texts):
            raise ValueError("boom")
        failed = [name(r) for r, t in zip(event["Records"], texts) if "bad" in t]
        return {"batchItemFailures": [{"itemIdentifier": f} for f in failed]}
"""
PARTIAL = ["ReportBatchItemFailures"]


def connect(client: Client, function: str, source: str, **settings: Any) -> str:
    made = client("lambda").create_event_source_mapping(
        FunctionName=function, EventSourceArn=source, **settings
    )
    return str(made["UUID"])


def send(client: Client, url: str, *texts: str) -> None:
    for start in range(0, len(texts), 10):
        entries = [
            {"Id": str(n), "MessageBody": text} for n, text in enumerate(texts[start : start + 10])
        ]
        client("sqs").send_message_batch(QueueUrl=url, Entries=entries)


def batches(client: Client, function: str, count: int) -> list[list[str]]:
    """What the function was given, once `count` records have come."""

    def enough() -> list[Any]:
        found = logged(client, function)
        return found if sum(map(len, found)) >= count else []

    found: list[list[str]] = eventually(enough)
    return found


def left(client: Client, url: str) -> int:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return sum(int(found[name]) for name in names)


@pytest.fixture
def stream(client: Client) -> str:
    name = unique("k")
    client("kinesis").create_stream(StreamName=name, ShardCount=1)
    eventually(
        lambda: (
            client("kinesis").describe_stream(StreamName=name)["StreamDescription"]["StreamStatus"]
            == "ACTIVE"
        )
    )
    return name


def put(client: Client, stream: str, *texts: str, key: str = "k") -> None:
    records = [{"Data": text.encode(), "PartitionKey": key} for text in texts]
    client("kinesis").put_records(StreamName=stream, Records=records)


def test_only_the_failed_messages_of_a_batch_come_again_and_end_in_the_dead_letter_queue(
    client: Client, function: Function
) -> None:
    """What is left of the visibility timeout (60 s) shrinks with the clock once it has failed."""
    dead = make_queue(client)
    redrive = json.dumps({"deadLetterTargetArn": arn_of(dead), "maxReceiveCount": "2"})
    url = make_queue(client, RedrivePolicy=redrive, VisibilityTimeout="60")
    name = function(SOURCE)
    send(client, url, "a", "bad", "c")
    connect(client, name, arn_of(url), FunctionResponseTypes=PARTIAL)
    assert bodies(client, dead) == ["bad"]
    assert logged(client, name) == [["a", "bad", "c"], ["bad"]]
    assert left(client, url) == 0


def test_without_partial_answers_the_whole_batch_comes_again(
    client: Client, function: Function
) -> None:
    url, name = make_queue(client), function(SOURCE)
    send(client, url, "a", "boom")
    connect(client, name, arn_of(url))
    assert batches(client, name, 4)[:2] == [["a", "boom"], ["a", "boom"]]


def test_a_window_gathers_a_large_batch(client: Client, function: Function) -> None:
    """Messages that come one by one within 60 s (one real second) are one batch."""
    url, name = make_queue(client), function(SOURCE)
    connect(client, name, arn_of(url), BatchSize=100, MaximumBatchingWindowInSeconds=60)
    texts = [f"m{n}" for n in range(25)]
    for start in range(0, 25, 5):
        send(client, url, *texts[start : start + 5])
        time.sleep(0.05)
    assert batches(client, name, 25) == [texts]


def test_filters_drop_what_does_not_match_and_delete_it(client: Client, function: Function) -> None:
    url, name = make_queue(client), function(SOURCE)
    pattern = {"body": {"kind": ["a"], "n": [{"numeric": [">", 1]}]}}
    criteria = {"Filters": [{"Pattern": json.dumps(pattern)}]}
    connect(client, name, arn_of(url), FilterCriteria=criteria)
    events = [{"kind": "a", "n": 1}, {"kind": "a", "n": 2}, {"kind": "b", "n": 3}]
    send(client, url, *map(json.dumps, events))
    got = batches(client, name, 1)
    eventually(lambda: left(client, url) == 0)
    assert [json.loads(text) for batch in got for text in batch] == [events[1]]


def test_concurrency_has_the_limit_that_is_asked_for(client: Client, function: Function) -> None:
    name = function(
        """
        import time
        def handler(event, context):
            print(f"EVENT [{time.time()}]")
            time.sleep(0.3)
        """
    )
    url = make_queue(client)
    send(client, url, *"abcdef")
    connect(client, name, arn_of(url), BatchSize=1, ScalingConfig={"MaximumConcurrency": 2})
    starts = sorted(start for batch in batches(client, name, 6) for start in batch)
    assert all(later - earlier > 0.28 for earlier, later in zip(starts, starts[2:], strict=False))


def test_a_disabled_mapping_waits_until_it_is_enabled(client: Client, function: Function) -> None:
    url, name = make_queue(client), function(SOURCE)
    mapping = connect(client, name, arn_of(url), Enabled=False)
    send(client, url, "a")
    time.sleep(0.6)
    assert left(client, url) == 1
    client("lambda").update_event_source_mapping(UUID=mapping, Enabled=True)
    assert batches(client, name, 1) == [["a"]]
    client("lambda").update_event_source_mapping(UUID=mapping, Enabled=False)
    time.sleep(0.5)
    send(client, url, "b")
    time.sleep(0.4)
    assert left(client, url) == 1


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"BatchSize": 11}, "Maximum batch window in seconds must be greater than 0"),
        ({"MaximumRetryAttempts": 1}, "Unsupported MaximumRetryAttempts"),
        ({"FilterCriteria": {"Filters": [{"Pattern": "{"}]}}, "Invalid filter pattern"),
    ],
)
def test_a_mapping_that_aws_refuses_is_refused(
    client: Client, function: Function, settings: dict[str, Any], text: str
) -> None:
    with pytest.raises(ClientError, match=text):
        connect(client, function(SOURCE), arn_of(make_queue(client)), **settings)


def test_a_queue_must_hide_messages_as_long_as_the_function_may_take(
    client: Client, function: Function
) -> None:
    url = make_queue(client, VisibilityTimeout="4")
    text = "Queue visibility timeout: 4 seconds is less than Function timeout: 5 seconds"
    with pytest.raises(ClientError, match=text):
        connect(client, function(SOURCE), arn_of(url))


def test_a_role_that_may_not_receive_gets_no_mapping(client: Client, function: Function) -> None:
    url = make_queue(client)
    grants = [allow("logs:*"), allow("sqs:DeleteMessage", "sqs:GetQueueAttributes", on=arn_of(url))]
    name = function(SOURCE, Role=make_role(client, "lambda", *grants))
    with pytest.raises(
        ClientError, match="does not have permissions to call ReceiveMessage on SQS"
    ):
        connect(client, name, arn_of(url))


def test_a_stream_goes_on_behind_a_poisoned_record_when_halved(
    client: Client, function: Function, stream: str
) -> None:
    """Bisection isolates it, its one retry is used up, and the destination says where it lies."""
    url, name = make_queue(client), function(SOURCE)
    put(client, stream, "a", "b", "boom", "d")
    connect(
        client,
        name,
        ARN.format("kinesis", f"stream/{stream}"),
        StartingPosition="TRIM_HORIZON",
        BisectBatchOnFunctionError=True,
        MaximumRetryAttempts=1,
        DestinationConfig={"OnFailure": {"Destination": arn_of(url)}},
    )
    record = bodies(client, url)[0]
    eventually(lambda: ["d"] in logged(client, name))
    assert logged(client, name) == [
        ["a", "b", "boom", "d"],
        ["a", "b"],
        ["boom", "d"],
        ["boom"],
        ["boom"],
        ["d"],
    ]
    assert record["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert record["requestContext"]["approximateInvokeCount"] == 2
    assert record["responseContext"]["functionError"] == "Unhandled"
    where = record["KinesisBatchInfo"]
    assert where["batchSize"] == 1
    assert where["startSequenceNumber"] == where["endSequenceNumber"]
    assert where["shardId"] == "shardId-000000000000"


def test_a_stream_goes_on_at_the_first_failed_record(
    client: Client, function: Function, stream: str
) -> None:
    name = function(SOURCE)
    put(client, stream, "a", "bad", "c")
    connect(
        client,
        name,
        ARN.format("kinesis", f"stream/{stream}"),
        StartingPosition="TRIM_HORIZON",
        FunctionResponseTypes=PARTIAL,
        MaximumRetryAttempts=1,
    )
    eventually(lambda: len(logged(client, name)) == 2)
    put(client, stream, "d")
    assert batches(client, name, 6) == [["a", "bad", "c"], ["bad", "c"], ["d"]]


def test_a_partial_answer_is_not_halved_when_errors_are(
    client: Client, function: Function, stream: str
) -> None:
    """The batch is cut at the sequence number that came back, and nowhere else."""
    name = function(SOURCE)
    put(client, stream, "a", "bad", "c", "d")
    connect(
        client,
        name,
        ARN.format("kinesis", f"stream/{stream}"),
        StartingPosition="TRIM_HORIZON",
        FunctionResponseTypes=PARTIAL,
        BisectBatchOnFunctionError=True,
        MaximumRetryAttempts=1,
    )
    eventually(lambda: len(logged(client, name)) == 2)
    put(client, stream, "e")
    assert batches(client, name, 8) == [["a", "bad", "c", "d"], ["bad", "c", "d"], ["e"]]


def test_how_long_records_wait_is_a_metric(client: Client, function: Function, stream: str) -> None:
    name = function(SOURCE)
    put(client, stream, "a")
    time.sleep(0.2)
    connect(
        client, name, ARN.format("kinesis", f"stream/{stream}"), StartingPosition="TRIM_HORIZON"
    )
    now = time.time()

    def age() -> Any:
        return client("cloudwatch").get_metric_statistics(
            Namespace="AWS/Lambda",
            MetricName="IteratorAge",
            Dimensions=[{"Name": "FunctionName", "Value": name}],
            StartTime=now - 600,
            EndTime=now + 600,
            Period=3600,
            Statistics=["Maximum"],
        )["Datapoints"]

    (point,) = eventually(age)
    assert (point["Unit"], point["Maximum"] >= 200) == ("Milliseconds", True)


def test_latest_begins_where_the_stream_was_when_the_mapping_was_made(
    client: Client, function: Function, stream: str
) -> None:
    name = function(SOURCE)
    put(client, stream, "old")
    arn = ARN.format("kinesis", f"stream/{stream}")
    connect(client, name, arn, StartingPosition="LATEST")
    put(client, stream, "new")
    assert batches(client, name, 1) == [["new"]]


def test_parallel_lanes_keep_the_order_of_a_key(
    client: Client, function: Function, stream: str
) -> None:
    name = function(SOURCE)
    for n in range(5):
        for key in "pqrs":
            put(client, stream, f"{key}{n}", key=key)
    connect(
        client,
        name,
        ARN.format("kinesis", f"stream/{stream}"),
        StartingPosition="TRIM_HORIZON",
        ParallelizationFactor=4,
        BatchSize=2,
    )
    found = [text for batch in batches(client, name, 20) for text in batch]
    assert len(found) == 20
    for key in "pqrs":
        assert [t for t in found if t[0] == key] == [f"{key}{n}" for n in range(5)]


def test_changes_of_a_table_call_a_function(client: Client, function: Function) -> None:
    """...with partial failures and a destination, as a Kinesis stream does."""
    table, url, name = unique("t"), make_queue(client), function(SOURCE)
    client("dynamodb").create_table(
        TableName=table,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    arn = client("dynamodb").describe_table(TableName=table)["Table"]["LatestStreamArn"]
    connect(
        client,
        name,
        arn,
        StartingPosition="LATEST",
        MaximumBatchingWindowInSeconds=30,
        MaximumRetryAttempts=0,
        FunctionResponseTypes=PARTIAL,
        DestinationConfig={"OnFailure": {"Destination": arn_of(url)}},
    )
    for key in ("a", "bad", "c"):
        client("dynamodb").put_item(TableName=table, Item={"id": {"S": key}})
    record = bodies(client, url)[0]
    assert logged(client, name) == [["a", "bad", "c"]]
    assert record["DDBStreamBatchInfo"]["batchSize"] == 2
    assert record["DDBStreamBatchInfo"]["streamArn"] == arn
