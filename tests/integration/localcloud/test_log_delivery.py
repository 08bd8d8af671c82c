"""From a function's stdout to Parquet in the lake: filter, Firehose's buffer, Glue's schema."""

from __future__ import annotations

import io
import json
import time
import uuid
from collections.abc import Callable
from typing import Any

import polars
import pytest
from conftest import eventually

from localcloud.log_patterns import compile_pattern

Client = Callable[[str], Any]
COLUMNS = [
    ("prediction_id", "string"),
    ("score", "double"),
    ("n", "bigint"),
    ("refused", "boolean"),
]


@pytest.fixture(scope="module")
def lake(client: Client) -> str:
    name = f"lake-{uuid.uuid4().hex[:8]}"
    client("s3").create_bucket(Bucket=name)
    client("glue").create_database(DatabaseInput={"Name": "lake"})
    client("glue").create_table(
        DatabaseName="lake",
        TableInput={
            "Name": "predictions",
            "StorageDescriptor": {"Columns": [{"Name": n, "Type": t} for n, t in COLUMNS]},
        },
    )
    return name


def parameters(**values: str) -> list[dict[str, str]]:
    return [{"ParameterName": k, "ParameterValue": v} for k, v in values.items()]


@pytest.fixture
def stream(client: Client, lake: str, role: str) -> str:
    """A stream as the real one must be configured: 64 MiB or 3 minutes, here 3 seconds."""
    name = f"s-{uuid.uuid4().hex[:6]}"
    client("firehose").create_delivery_stream(
        DeliveryStreamName=name,
        DeliveryStreamType="DirectPut",
        ExtendedS3DestinationConfiguration={
            "RoleARN": role,
            "BucketARN": f"arn:aws:s3:::{lake}",
            "Prefix": f"{name}/!{{timestamp:yyyy/MM/dd/HH}}/",
            "ErrorOutputPrefix": f"errors-{name}/",
            "BufferingHints": {"IntervalInSeconds": 120, "SizeInMBs": 64},
            "ProcessingConfiguration": {
                "Enabled": True,
                "Processors": [
                    {
                        "Type": "Decompression",
                        "Parameters": parameters(CompressionFormat="GZIP"),
                    },
                    {
                        "Type": "CloudWatchLogProcessing",
                        "Parameters": parameters(DataMessageExtraction="true"),
                    },
                ],
            },
            "DataFormatConversionConfiguration": {
                "Enabled": True,
                "InputFormatConfiguration": {"Deserializer": {"OpenXJsonSerDe": {}}},
                "OutputFormatConfiguration": {"Serializer": {"ParquetSerDe": {}}},
                "SchemaConfiguration": {
                    "RoleARN": role,
                    "DatabaseName": "lake",
                    "TableName": "predictions",
                },
            },
        },
    )
    return name


def objects(client: Client, bucket: str, prefix: str) -> list[bytes]:
    listed = client("s3").list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
    keys = [item["Key"] for item in listed]
    return [client("s3").get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys]


def test_records_of_many_invocations_become_one_parquet_object(
    client: Client,
    function: Callable[..., str],
    invoke: Callable[..., Any],
    lake: str,
    stream: str,
    role: str,
) -> None:
    """Only lines that match arrive, typed as Glue says; a row that cannot be is set apart."""
    name = function(
        """
        import json
        def handler(event, context):
            print("plain text", event)
            print(json.dumps({"level": "INFO", "message": "no record"}))
            print(json.dumps({"prediction_id": f"p{event}", "score": event / 10, "n": event,
                              "refused": False, "not_in_the_table": 1}))
            if event == 3:
                print(json.dumps({"prediction_id": "bad", "n": "many"}))
        """
    )
    invoke(name, 0)  # the first invocation makes the log group; its line comes before the filter
    client("logs").put_subscription_filter(
        logGroupName=f"/aws/lambda/{name}",
        filterName="predictions",
        filterPattern='{ $.prediction_id = "*" }',
        destinationArn=f"arn:aws:firehose:us-east-1:000000000000:deliverystream/{stream}",
        roleArn=role,
    )
    for n in range(1, 6):
        invoke(name, n)
    time.sleep(0.5)
    assert objects(client, lake, f"{stream}/") == []  # still in the buffer
    found = eventually(lambda: objects(client, lake, f"{stream}/"))
    assert len(found) == 1
    frame = polars.read_parquet(io.BytesIO(found[0])).sort("n")
    assert frame.columns == [name for name, _ in COLUMNS]
    assert frame["prediction_id"].to_list() == ["p1", "p2", "p3", "p4", "p5"]
    assert frame["score"].to_list() == [0.1, 0.2, 0.3, 0.4, 0.5]
    assert frame.schema["n"] == polars.Int64
    assert frame.schema["refused"] == polars.Boolean
    errors = eventually(lambda: objects(client, lake, f"errors-{stream}/"))
    assert [json.loads(e)["ErrorCode"] for e in errors] == ["DataFormatConversion.MalformedData"]


def test_a_pattern_that_is_not_done_is_refused(client: Client, stream: str, role: str) -> None:
    group = f"g-{uuid.uuid4().hex[:6]}"
    client("logs").create_log_group(logGroupName=group)
    with pytest.raises(client("logs").exceptions.InvalidParameterException, match="columns"):
        client("logs").put_subscription_filter(
            logGroupName=group,
            filterName="f",
            filterPattern="[ip, user]",
            destinationArn=f"arn:aws:firehose:us-east-1:000000000000:deliverystream/{stream}",
            roleArn=role,
        )


LINE = json.dumps(
    {"id": "p-1", "n": 7, "who": {"name": "A"}, "tags": ["x", "y"], "no": None, "ok": True}
)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("", True),
        ("{ $.id = * }", True),
        ('{ $.id = "*" }', True),
        ('{ $.id = "p-*" }', True),
        ('{ $.id = "P-*" }', False),
        ('{ $.other = "*" }', False),
        ('{ $.who.name = "A" && $.n > 6 }', True),
        ('{ $.who.name != "A" || $.n <= 6 }', False),
        ('{ ($.n = 7) && ($.tags[1] = "y" || $.n < 0) }', True),
        ("{ $.no IS NULL }", True),
        ("{ $.ok IS TRUE }", True),
        ("{ $.other NOT EXISTS }", True),
        ("{ $.id NOT EXISTS }", False),
        ('"p-1"', True),
        ("p-1 -who", False),
        ("?nothing ?p-1", True),
        ("?nothing ?neither", False),
        ("P-1", False),
    ],
)
def test_filter_patterns_match_as_awss(pattern: str, expected: bool) -> None:
    assert compile_pattern(pattern)(LINE) is expected
    assert compile_pattern("{ $.id = * }")("not json") is False


@pytest.mark.parametrize("pattern", ["{ $.id }", "{ $.id = }", "{ $.a = 1", "{ a = 1 }", "%x%"])
def test_a_malformed_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="filter pattern"):
        compile_pattern(pattern)
