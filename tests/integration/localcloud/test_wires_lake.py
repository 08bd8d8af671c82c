"""What Firehose wrote as Parquet, by partitions, answers in Athena; where its results go."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import polars as pl
import pytest
from botocore.exceptions import ClientError
from conftest import eventually
from localcloud_users import make_user
from localcloud_wires import Client, unique

import localcloud

COLUMNS = [("id", "string"), ("score", "double"), ("n", "bigint")]


@pytest.fixture(scope="module")
def lake(client: Client, role: str) -> str:
    """A bucket, database and table of one name, filled by Firehose: kind=a (2 rows), kind=b (1)."""
    name = unique("lake").replace("-", "")
    client("s3").create_bucket(Bucket=name)
    client("glue").create_database(DatabaseInput={"Name": name})
    table(client, name, "events", f"s3://{name}/events/")
    stream = unique("d")
    query = {"MetadataExtractionQuery": "{kind: .kind}", "JsonParsingEngine": "JQ-1.6"}
    client("firehose").create_delivery_stream(
        DeliveryStreamName=stream,
        ExtendedS3DestinationConfiguration={
            "RoleARN": role,
            "BucketARN": f"arn:aws:s3:::{name}",
            "Prefix": "events/kind=!{partitionKeyFromQuery:kind}/",
            "ErrorOutputPrefix": "errors/",
            "BufferingHints": {"IntervalInSeconds": 60, "SizeInMBs": 64},
            "DynamicPartitioningConfiguration": {"Enabled": True},
            "ProcessingConfiguration": {
                "Enabled": True,
                "Processors": [
                    {
                        "Type": "MetadataExtraction",
                        "Parameters": [
                            {"ParameterName": n, "ParameterValue": v} for n, v in query.items()
                        ],
                    }
                ],
            },
            "DataFormatConversionConfiguration": {
                "Enabled": True,
                "InputFormatConfiguration": {"Deserializer": {"OpenXJsonSerDe": {}}},
                "OutputFormatConfiguration": {"Serializer": {"ParquetSerDe": {}}},
                "SchemaConfiguration": {
                    "RoleARN": role,
                    "DatabaseName": name,
                    "TableName": "events",
                },
            },
        },
    )
    rows = [("a", 0.5, 1), ("b", 0.25, 2), ("a", 1.5, 3)]
    records = [{"kind": k, "id": f"{k}{n}", "score": s, "n": n} for k, s, n in rows]
    client("firehose").put_record_batch(
        DeliveryStreamName=stream, Records=[{"Data": json.dumps(r).encode()} for r in records]
    )
    eventually(lambda: client("s3").list_objects_v2(Bucket=name)["KeyCount"] == 2)
    return name


def table(client: Client, database: str, name: str, location: str, **parameters: str) -> None:
    client("glue").create_table(
        DatabaseName=database,
        TableInput={
            "Name": name,
            "TableType": "EXTERNAL_TABLE",
            "Parameters": {"classification": "parquet", **parameters},
            "PartitionKeys": [{"Name": "kind", "Type": "string"}],
            "StorageDescriptor": {
                "Location": location,
                "Columns": [{"Name": n, "Type": t} for n, t in COLUMNS],
                "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
                "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
                "SerdeInfo": {
                    "SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde."
                    "ParquetHiveSerDe"
                },
            },
        },
    )


@pytest.fixture(scope="module")
def ask(client: Client, lake: str) -> Callable[..., list[list[str]]]:
    """The rows of a query's answer; its text is `sql`, its workgroup's own if one is named."""

    def run(sql: str, **more: Any) -> list[list[str]]:
        more = more or {"ResultConfiguration": {"OutputLocation": f"s3://{lake}/results/"}}
        query = client("athena").start_query_execution(
            QueryString=sql, QueryExecutionContext={"Database": lake}, **more
        )["QueryExecutionId"]

        def ended() -> Any:
            found = client("athena").get_query_execution(QueryExecutionId=query)["QueryExecution"]
            return found if found["Status"]["State"] in ("SUCCEEDED", "FAILED") else None

        done = eventually(ended)
        assert done["Status"]["State"] == "SUCCEEDED", done["Status"]
        rows = client("athena").get_query_results(QueryExecutionId=query)["ResultSet"]["Rows"]
        return [[cell.get("VarCharValue", "") for cell in row["Data"]] for row in rows[1:]]

    return run


Ask = Callable[..., list[list[str]]]


def test_a_partition_answers_once_it_is_registered(client: Client, lake: str, ask: Ask) -> None:
    counted = "SELECT kind, count(*), sum(score) FROM events GROUP BY kind ORDER BY kind"
    assert ask(counted) == []
    for value in "ba":
        partition = {
            "Values": [value],
            "StorageDescriptor": {"Location": f"s3://{lake}/events/kind={value}/"},
        }
        client("glue").create_partition(
            DatabaseName=lake, TableName="events", PartitionInput=partition
        )
        if value == "b":
            assert ask(counted) == [["b", "1", "0.25"]]
    assert ask(counted) == [["a", "2", "2.0"], ["b", "1", "0.25"]]
    assert ask("SELECT id FROM events WHERE kind = 'a' AND n > 1") == [["a3"]]


@pytest.mark.parametrize("how", ["enum", "injected"])
def test_a_projection_needs_no_partitions(client: Client, lake: str, ask: Ask, how: str) -> None:
    values = {"projection.kind.values": "a,b"} if how == "enum" else {}
    parameters = {
        "projection.enabled": "true",
        "projection.kind.type": how,
        "storage.location.template": f"s3://{lake}/events/kind=${{kind}}/",
        **values,
    }
    table(client, lake, f"by_{how}", f"s3://{lake}/events/", **parameters)
    assert ask(f"SELECT n FROM by_{how} WHERE kind = 'a' ORDER BY n") == [["1"], ["3"]]


def test_folders_without_names_are_partitions_by_the_tables_template(
    client: Client, lake: str, ask: Ask
) -> None:
    """As Firehose files by hours; a column that no file has is null, as in Athena."""
    for hour, name in (("2026/11/20/09", "old"), ("2026/11/20/13", "new")):
        body = io.BytesIO()
        pl.DataFrame({"id": [name], "score": [0.5]}).write_parquet(body)
        client("s3").put_object(Bucket=lake, Key=f"hours/{hour}/x.parquet", Body=body.getvalue())
    client("s3").put_object(Bucket=lake, Key="hours/stray.parquet", Body=body.getvalue())
    parameters = {
        "projection.enabled": "true",
        "projection.kind.type": "date",
        "projection.kind.format": "yyyy/MM/dd/HH",
        "storage.location.template": f"s3://{lake}/hours/${{kind}}/",
    }
    table(client, lake, "by_hour", f"s3://{lake}/hours/", **parameters)
    asked = "SELECT id, n, kind FROM by_hour WHERE kind >= '2026/11/20/10'"
    assert ask(asked) == [["new", "", "2026/11/20/13"]]
    assert ask("SELECT count(*) FROM by_hour") == [["2"]]


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE made WITH (format = 'PARQUET') AS SELECT id FROM events",
        "UNLOAD (SELECT id FROM events) TO 's3://b/p/' WITH (format = 'PARQUET')",
        "MSCK REPAIR TABLE events",
        "ALTER TABLE events ADD PARTITION (kind='b')",
    ],
)
def test_a_statement_that_is_not_done_is_refused_by_name(ask: Ask, sql: str) -> None:
    with pytest.raises(ClientError, match="The local cloud does not do"):
        ask(sql)


def test_a_workgroup_keeps_its_own_place_for_results(client: Client, lake: str, ask: Ask) -> None:
    """EnforceWorkGroupConfiguration overrules what the caller says."""
    group = unique("wg")
    client("athena").create_work_group(
        Name=group,
        Configuration={
            "EnforceWorkGroupConfiguration": True,
            "ResultConfiguration": {"OutputLocation": f"s3://{lake}/enforced/"},
        },
    )
    elsewhere = {"OutputLocation": f"s3://{lake}/elsewhere/"}
    assert ask("SELECT 1 AS one", WorkGroup=group, ResultConfiguration=elsewhere) == [["1"]]
    listed = client("s3").list_objects_v2(Bucket=lake, Prefix="enforced/")["Contents"]
    results = [o["Key"] for o in listed if o["Key"].endswith(".csv")]
    body = client("s3").get_object(Bucket=lake, Key=results[0])["Body"].read().decode()
    assert results[0].count("/") == 1, "the object is where the execution says: enforced/<id>.csv"
    assert list(csv.reader(io.StringIO(body))) == [["one"], ["1"]]
    assert client("s3").list_objects_v2(Bucket=lake, Prefix="elsewhere/")["KeyCount"] == 0


def test_a_query_without_a_place_for_its_results_is_refused(client: Client, lake: str) -> None:
    with pytest.raises(ClientError, match="No output location provided"):
        client("athena").start_query_execution(
            QueryString="SELECT 1", QueryExecutionContext={"Database": lake}
        )


def test_an_answer_is_for_whom_its_workgroup_is_open(
    client: Client, cloud: localcloud.Running, lake: str
) -> None:
    """An execution is asked for by its id alone; a policy names the workgroup."""
    groups = [unique("group") for _ in range(2)]
    place = {"ResultConfiguration": {"OutputLocation": f"s3://{lake}/answers/"}}
    for group in groups:
        client("athena").create_work_group(Name=group, Configuration=place)
    ids = [
        client("athena").start_query_execution(QueryString="SELECT 1", WorkGroup=group)[
            "QueryExecutionId"
        ]
        for group in groups
    ]
    open_ = f"arn:aws:athena:us-east-1:000000000000:workgroup/{groups[0]}"
    may = {"Effect": "Allow", "Action": "athena:GetQueryExecution", "Resource": open_}
    user = make_user(client, cloud, may)
    assert user("athena").get_query_execution(QueryExecutionId=ids[0])["QueryExecution"]
    with pytest.raises(ClientError, match="athena:GetQueryExecution on resource"):
        user("athena").get_query_execution(QueryExecutionId=ids[1])
