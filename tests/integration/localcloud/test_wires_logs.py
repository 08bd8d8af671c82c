"""From a log group to functions, Kinesis and Firehose; how Firehose buffers, parts and fails."""

from __future__ import annotations

import base64
import gzip
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from conftest import eventually
from localcloud_wires import ARN, ECHO, Client, allow_invoke, logged_with, unique

Function = Callable[..., str]
LINES = ['{"kind": "a", "n": 1}', "plain text", '{"kind": "b", "n": 2}', '{"kind": "a", "n": 3}']


@pytest.fixture
def group(client: Client) -> str:
    name = unique("/own/group")
    client("logs").create_log_group(logGroupName=name)
    client("logs").create_log_stream(logGroupName=name, logStreamName="one")
    return name


@pytest.fixture
def bucket(client: Client) -> str:
    name = unique("b")
    client("s3").create_bucket(Bucket=name)
    return name


def subscribe(client: Client, group: str, target: str, pattern: str, **more: Any) -> None:
    client("logs").put_subscription_filter(
        logGroupName=group, filterName="f", filterPattern=pattern, destinationArn=target, **more
    )


def write(client: Client, group: str) -> None:
    now = int(time.time() * 1000)
    events = [{"timestamp": now + n, "message": line} for n, line in enumerate(LINES)]
    client("logs").put_log_events(logGroupName=group, logStreamName="one", logEvents=events)


def check(data: bytes, group: str) -> None:
    document = json.loads(gzip.decompress(data))
    assert document["messageType"] == "DATA_MESSAGE"
    assert (document["logGroup"], document["logStream"]) == (group, "one")
    assert [e["message"] for e in document["logEvents"]] == [LINES[0], LINES[3]]


PATTERN = '{ $.kind = "a" }'


def test_a_subscription_calls_a_function(client: Client, function: Function, group: str) -> None:
    name = function(ECHO)
    subscribe(client, group, allow_invoke(client, name), PATTERN)
    write(client, group)
    event = logged_with(client, name, "awslogs")
    check(base64.b64decode(event["awslogs"]["data"]), group)


def test_a_subscription_fills_a_kinesis_stream(client: Client, group: str, role: str) -> None:
    kinesis, stream = client("kinesis"), unique("k")
    kinesis.create_stream(StreamName=stream, ShardCount=1)
    described = eventually(
        lambda: (
            (d := kinesis.describe_stream(StreamName=stream)["StreamDescription"])["StreamStatus"]
            == "ACTIVE"
            and d
        )
    )
    subscribe(client, group, described["StreamARN"], PATTERN, roleArn=role)
    write(client, group)
    iterator = kinesis.get_shard_iterator(
        StreamName=stream,
        ShardId=described["Shards"][0]["ShardId"],
        ShardIteratorType="TRIM_HORIZON",
    )["ShardIterator"]
    records = eventually(lambda: kinesis.get_records(ShardIterator=iterator)["Records"])
    check(records[0]["Data"], group)


def delivery(client: Client, bucket: str, role: str, seconds: int, **more: Any) -> str:
    name = unique("d")
    client("firehose").create_delivery_stream(
        DeliveryStreamName=name,
        ExtendedS3DestinationConfiguration={
            "RoleARN": role,
            "BucketARN": f"arn:aws:s3:::{bucket}",
            "Prefix": "out/",
            "ErrorOutputPrefix": "errors/!{firehose:error-output-type}/",
            "BufferingHints": {"IntervalInSeconds": seconds, "SizeInMBs": 64},
            **more,
        },
    )
    return name


def objects(client: Client, bucket: str, prefix: str) -> dict[str, bytes]:
    listed = client("s3").list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
    get = client("s3").get_object
    return {o["Key"]: get(Bucket=bucket, Key=o["Key"])["Body"].read() for o in listed}


def processors(*entries: tuple[str, dict[str, str]]) -> dict[str, Any]:
    made = [
        {
            "Type": kind,
            "Parameters": [
                {"ParameterName": n, "ParameterValue": v} for n, v in parameters.items()
            ],
        }
        for kind, parameters in entries
    ]
    return {"Enabled": True, "Processors": made}


def test_a_subscription_ends_as_json_lines_in_a_bucket(
    client: Client, group: str, bucket: str, role: str
) -> None:
    how = processors(
        ("Decompression", {"CompressionFormat": "GZIP"}),
        ("CloudWatchLogProcessing", {"DataMessageExtraction": "true"}),
    )
    stream = delivery(client, bucket, role, 60, ProcessingConfiguration=how)
    target = ARN.format("firehose", f"deliverystream/{stream}")
    subscribe(client, group, target, PATTERN, roleArn=role)
    write(client, group)
    found = eventually(lambda: objects(client, bucket, "out/"))
    assert list(found.values()) == [f"{LINES[0]}\n{LINES[3]}\n".encode()]


def put(client: Client, stream: str, *records: Any) -> None:
    data = [{"Data": r if isinstance(r, bytes) else json.dumps(r).encode()} for r in records]
    done = client("firehose").put_record_batch(DeliveryStreamName=stream, Records=data)
    assert done["FailedPutCount"] == 0


def test_a_buffer_is_written_when_it_is_full_or_old(client: Client, bucket: str, role: str) -> None:
    """60 s are one here; 1 MiB is at once; what is written is one object, compressed if asked."""
    hints = {"IntervalInSeconds": 900, "SizeInMBs": 1}
    full = delivery(client, bucket, role, 0, BufferingHints=hints, Prefix="full/")
    old = delivery(client, bucket, role, 60, Prefix="old/", CompressionFormat="GZIP")
    put(client, old, {"n": 1}, {"n": 2})
    put(client, full, b"x" * 600_000)
    time.sleep(0.4)
    assert objects(client, bucket, "") == {}
    put(client, full, b"y" * 600_000)
    written = eventually(lambda: objects(client, bucket, "full/"), 1.0)
    assert [len(data) for data in written.values()] == [1_200_000]
    aged = eventually(lambda: objects(client, bucket, "old/"))
    (key, data), *others = aged.items()
    assert others == []
    assert key.endswith(".gz")
    assert gzip.decompress(data) == b'{"n": 1}{"n": 2}'


def test_records_are_parted_by_their_own_values(client: Client, bucket: str, role: str) -> None:
    """Dynamic partitioning by a query; a record without the key goes to the error prefix."""
    query = ("MetadataExtraction", {"MetadataExtractionQuery": "{kind: .kind}"})
    parsing = {**dict([query])["MetadataExtraction"], "JsonParsingEngine": "JQ-1.6"}
    stream = delivery(
        client,
        bucket,
        role,
        60,
        Prefix="out/kind=!{partitionKeyFromQuery:kind}/",
        DynamicPartitioningConfiguration={"Enabled": True},
        ProcessingConfiguration=processors(
            ("MetadataExtraction", parsing), ("AppendDelimiterToRecord", {"Delimiter": "\\n"})
        ),
    )
    put(client, stream, {"kind": "a", "n": 1}, {"kind": "b"}, {"kind": "a", "n": 2}, {"n": 3})
    found = eventually(lambda: got if len(got := objects(client, bucket, "out/")) == 2 else None)
    parts = {key.split("/")[1]: data for key, data in found.items()}
    assert parts == {
        "kind=a": b'{"kind": "a", "n": 1}\n{"kind": "a", "n": 2}\n',
        "kind=b": b'{"kind": "b"}\n',
    }
    errors = eventually(lambda: objects(client, bucket, "errors/"))
    (key, error), *others = errors.items()
    assert others == []
    assert key.startswith("errors/processing-failed/")
    assert json.loads(base64.b64decode(json.loads(error)["rawData"])) == {"n": 3}


def test_a_function_transforms_records_and_may_drop_or_fail_them(
    client: Client, function: Function, bucket: str, role: str
) -> None:
    name = function(
        """
        import base64, json
        def handler(event, context):
            out = []
            for record in event["records"]:
                data = json.loads(base64.b64decode(record["data"]))
                result = {1: "Ok", 2: "Dropped", 3: "ProcessingFailed"}[data["n"]]
                text = base64.b64encode((json.dumps({"seen": data["n"]}) + "\\n").encode())
                out.append({"recordId": record["recordId"], "result": result,
                            "data": text.decode()})
            return {"records": out}
        """
    )
    arn = ARN.format("lambda", f"function:{name}:$LATEST")
    how = processors(("Lambda", {"LambdaArn": arn}))
    stream = delivery(client, bucket, role, 60, ProcessingConfiguration=how)
    put(client, stream, {"n": 1}, {"n": 2}, {"n": 3})
    found = eventually(lambda: objects(client, bucket, "out/"))
    assert list(found.values()) == [b'{"seen": 1}\n']
    errors = eventually(lambda: objects(client, bucket, "errors/"))
    assert next(iter(errors)).startswith("errors/processing-failed/")
