"""The Feature Store: the latest record online, every record offline, by the event's own time."""

from __future__ import annotations

import io
import json
import time
import uuid
from collections.abc import Callable
from typing import Any

import boto3
import polars as pl
import pytest
from botocore.exceptions import ClientError
from conftest import eventually
from localcloud_roles import allow, make_role

import localcloud
from localcloud.config import REGION

Client = Callable[[str], Any]
Record = dict[str, str]
BUCKET = "feature-tests"
DEFINITIONS = [
    {"FeatureName": "customer", "FeatureType": "String"},
    {"FeatureName": "at", "FeatureType": "Fractional"},
    {"FeatureName": "orders", "FeatureType": "Integral"},
]
NOON = 1_700_000_000.0  # 2023-11-14T22:13:20Z


@pytest.fixture(scope="module")
def worker(client: Client) -> str:
    client("s3").create_bucket(Bucket=BUCKET)
    return make_role(client, "sagemaker", allow("s3:PutObject", "s3:GetBucketAcl"))


@pytest.fixture(scope="module")
def create(client: Client, worker: str) -> Callable[..., str]:
    def made(**changes: Any) -> str:
        name = f"customers-{uuid.uuid4().hex[:8]}"
        request = {
            "FeatureGroupName": name,
            "RecordIdentifierFeatureName": "customer",
            "EventTimeFeatureName": "at",
            "FeatureDefinitions": DEFINITIONS,
            "OnlineStoreConfig": {"EnableOnlineStore": True},
            "RoleArn": worker,
            **changes,
        }
        client("sagemaker").create_feature_group(**request)
        eventually(lambda: describe(client, name)["FeatureGroupStatus"] != "Creating")
        return name

    return made


@pytest.fixture(scope="module")
def group(create: Callable[..., str]) -> str:
    return create(OfflineStoreConfig={"S3StorageConfig": {"S3Uri": f"s3://{BUCKET}/store"}})


@pytest.fixture(scope="module")
def online(create: Callable[..., str]) -> str:
    return create()


def describe(client: Client, name: str) -> Any:
    return client("sagemaker").describe_feature_group(FeatureGroupName=name)


def put(client: Client, name: str, **values: Any) -> None:
    record = [{"FeatureName": k, "ValueAsString": str(v)} for k, v in values.items()]
    runtime = client("sagemaker-featurestore-runtime")
    runtime.put_record(FeatureGroupName=name, Record=record)


def get(client: Client, name: str, customer: str, **more: Any) -> Record | None:
    answer = client("sagemaker-featurestore-runtime").get_record(
        FeatureGroupName=name, RecordIdentifierValueAsString=customer, **more
    )
    if "Record" not in answer:
        return None
    return {item["FeatureName"]: item["ValueAsString"] for item in answer["Record"]}


def test_the_online_store_keeps_the_latest_event(client: Client, online: str) -> None:
    """A record that happened earlier comes later and changes nothing."""
    put(client, online, customer="anna", at=NOON, orders=2)
    put(client, online, customer="anna", at=NOON - 60, orders=1)
    assert get(client, online, "anna") == {"customer": "anna", "at": str(NOON), "orders": "2"}
    put(client, online, customer="anna", at=NOON + 60, orders=3)
    assert get(client, online, "anna", FeatureNames=["orders"]) == {"orders": "3"}
    assert get(client, online, "nobody") is None


def test_a_deleted_record_is_not_brought_back_by_an_older_one(client: Client, online: str) -> None:
    """SoftDelete remembers when; HardDelete forgets all, and refuses to be too early."""
    runtime = client("sagemaker-featurestore-runtime")
    put(client, online, customer="ben", at=NOON, orders=1)
    words = {"FeatureGroupName": online, "RecordIdentifierValueAsString": "ben"}
    runtime.delete_record(**words, EventTime=str(NOON - 1))
    assert get(client, online, "ben") is not None, "an earlier deletion deletes nothing"
    runtime.delete_record(**words, EventTime=str(NOON + 1))
    put(client, online, customer="ben", at=NOON, orders=2)
    assert get(client, online, "ben") is None
    put(client, online, customer="ben", at=NOON + 2, orders=3)
    with pytest.raises(ClientError, match="must be later"):
        runtime.delete_record(**words, EventTime=str(NOON), DeletionMode="HardDelete")
    runtime.delete_record(**words, EventTime=str(NOON + 3), DeletionMode="HardDelete")
    put(client, online, customer="ben", at=NOON, orders=4)
    assert get(client, online, "ben") == {"customer": "ben", "at": str(NOON), "orders": "4"}


def test_a_batch_tells_records_and_errors_apart(client: Client, online: str) -> None:
    """What is not there is left out; a group that does not exist is an error of its own."""
    put(client, online, customer="carl", at=NOON, orders=5)
    answer = client("sagemaker-featurestore-runtime").batch_get_record(
        Identifiers=[
            {"FeatureGroupName": online, "RecordIdentifiersValueAsString": ["carl", "nobody"]},
            {"FeatureGroupName": "no-group", "RecordIdentifiersValueAsString": ["x"]},
        ]
    )
    assert [r["RecordIdentifierValueAsString"] for r in answer["Records"]] == ["carl"]
    assert [e["ErrorCode"] for e in answer["Errors"]] == ["ResourceNotFound"]


def test_records_expire_after_their_time_to_live(
    client: Client, create: Callable[..., str]
) -> None:
    """ExpiresAt is the event time plus the duration of the group, or of the record."""
    life = {"Unit": "Hours", "Value": 1}
    name = create(OnlineStoreConfig={"EnableOnlineStore": True, "TtlDuration": life})
    put(client, name, customer="old", at=time.time() - 7200, orders=1)
    assert get(client, name, "old") is None
    put(client, name, customer="new", at=NOON + 10**9, orders=1)
    answer = client("sagemaker-featurestore-runtime").get_record(
        FeatureGroupName=name,
        RecordIdentifierValueAsString="new",
        ExpirationTimeResponse="Enabled",
    )
    assert answer["ExpiresAt"] == "2055-07-24T01:00:00Z"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"customer": "x", "at": NOON, "orders": "many"}, "expects Integral"),
        ({"customer": "x", "at": "yesterday", "orders": 1}, "expects Fractional"),
        ({"customer": "x", "orders": 1}, "lacks at"),
        ({"customer": "x", "at": NOON, "color": "red"}, "color is not defined"),
    ],
)
def test_a_wrong_record_is_refused_by_its_feature(
    client: Client, online: str, values: dict[str, Any], message: str
) -> None:
    """Nothing of it is stored."""
    with pytest.raises(ClientError, match=message) as caught:
        put(client, online, **values)
    assert caught.value.response["Error"]["Code"] == "ValidationError"
    assert get(client, online, "x") is None


def test_every_record_is_a_row_in_the_offline_store(client: Client, group: str) -> None:
    """Parquet in AWS's layout, with history and deletions; Athena reads it by the Glue table."""
    put(client, group, customer="dora", at=NOON, orders=2)
    put(client, group, customer="dora", at=NOON - 1, orders=1)
    client("sagemaker-featurestore-runtime").delete_record(
        FeatureGroupName=group, RecordIdentifierValueAsString="dora", EventTime=str(NOON + 1)
    )
    config = describe(client, group)["OfflineStoreConfig"]
    base = config["S3StorageConfig"]["ResolvedOutputS3Uri"].removeprefix(f"s3://{BUCKET}/")
    assert base.startswith("store/000000000000/sagemaker/us-east-1/offline-store/customers-")
    assert base.endswith("/data")

    def written() -> Any:
        found = client("s3").list_objects_v2(Bucket=BUCKET, Prefix=f"{base}/")
        return [item["Key"] for item in found.get("Contents", [])]

    (key,) = eventually(written)
    assert "/year=2023/month=11/day=14/hour=22/20231114T221321Z_" in key
    body = client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read()
    rows = pl.read_parquet(io.BytesIO(body)).sort("at").to_dicts()
    shown = [(row["customer"], row["at"], row["orders"], row["is_deleted"]) for row in rows]
    assert shown == [
        ("dora", NOON - 1, 1, False),
        ("dora", NOON, 2, False),
        ("dora", NOON + 1, None, True),
    ]
    assert all(row["api_invocation_time"] <= row["write_time"] for row in rows)
    where = config["DataCatalogConfig"]
    query = client("athena").start_query_execution(
        QueryString=f"SELECT max(orders) FROM {where['TableName']} WHERE year = '2023'",
        QueryExecutionContext={"Database": where["Database"]},
        ResultConfiguration={"OutputLocation": f"s3://{BUCKET}/athena/"},
    )["QueryExecutionId"]

    def state() -> Any:
        facts = client("athena").get_query_execution(QueryExecutionId=query)["QueryExecution"]
        return facts["Status"] if facts["Status"]["State"] in ("SUCCEEDED", "FAILED") else None

    assert eventually(state)["State"] == "SUCCEEDED"
    answer = client("athena").get_query_results(QueryExecutionId=query)["ResultSet"]["Rows"]
    assert answer[1]["Data"][0]["VarCharValue"] == "2"


def test_features_are_added_and_names_are_used_once(
    client: Client, create: Callable[..., str]
) -> None:
    """UpdateFeatureGroup adds; a second group of the name and a lost one are refused."""
    name = create()
    sagemaker = client("sagemaker")
    with pytest.raises(ClientError, match="is not defined"):
        put(client, name, customer="e", at=NOON, color="red")
    more = [{"FeatureName": "color", "FeatureType": "String"}]
    sagemaker.update_feature_group(FeatureGroupName=name, FeatureAdditions=more)
    put(client, name, customer="e", at=NOON, color="red")
    assert (get(client, name, "e") or {})["color"] == "red"
    found = sagemaker.list_feature_groups(NameContains=name)["FeatureGroupSummaries"]
    assert [one["FeatureGroupName"] for one in found] == [name]
    keys = ("RecordIdentifierFeatureName", "EventTimeFeatureName", "FeatureDefinitions")
    again = {key: describe(client, name)[key] for key in keys}
    with pytest.raises(ClientError, match="already exists") as caught:
        sagemaker.create_feature_group(
            FeatureGroupName=name, **again, OnlineStoreConfig={"EnableOnlineStore": True}
        )
    assert caught.value.response["Error"]["Code"] == "ResourceInUse"
    sagemaker.delete_feature_group(FeatureGroupName=name)
    with pytest.raises(ClientError) as lost:
        get(client, name, "e")
    assert lost.value.response["Error"]["Code"] == "ResourceNotFound"


def test_a_role_that_cannot_reach_the_bucket_fails_the_group(
    client: Client, create: Callable[..., str]
) -> None:
    """CreateFailed, with the denial as its reason."""
    name = create(
        RoleArn=make_role(client, "sagemaker"),
        OfflineStoreConfig={"S3StorageConfig": {"S3Uri": f"s3://{BUCKET}/denied"}},
    )
    facts = describe(client, name)
    assert facts["FeatureGroupStatus"] == "CreateFailed"
    assert "AccessDenied" in facts["FailureReason"]


def test_policies_name_the_group_of_a_record(
    cloud: localcloud.Running, client: Client, online: str
) -> None:
    """A caller allowed for one group is denied for another, in a batch as well."""
    user = f"reader-{uuid.uuid4().hex[:8]}"
    client("iam").create_user(UserName=user)
    own = f"arn:aws:sagemaker:{REGION}:000000000000:feature-group/{online}"
    statement = allow("sagemaker:GetRecord", "sagemaker:BatchGetRecord", on=own)
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    client("iam").put_user_policy(UserName=user, PolicyName="own", PolicyDocument=document)
    key = client("iam").create_access_key(UserName=user)["AccessKey"]
    session = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], None, REGION)
    runtime = session.client("sagemaker-featurestore-runtime", endpoint_url=cloud.endpoint)
    runtime.get_record(FeatureGroupName=online, RecordIdentifierValueAsString="x")
    mine = {"FeatureGroupName": online, "RecordIdentifiersValueAsString": ["x"]}
    runtime.batch_get_record(Identifiers=[mine])
    with pytest.raises(ClientError, match="GetRecord"):
        runtime.get_record(FeatureGroupName="other", RecordIdentifierValueAsString="x")
    other = {**mine, "FeatureGroupName": "other"}
    with pytest.raises(ClientError, match="BatchGetRecord"):
        runtime.batch_get_record(Identifiers=[mine, other])
    with pytest.raises(ClientError, match="PutRecord"):
        runtime.put_record(
            FeatureGroupName=online, Record=[{"FeatureName": "customer", "ValueAsString": "x"}]
        )


def test_a_stack_makes_changes_and_deletes_a_group(client: Client) -> None:
    """AWS::SageMaker::FeatureGroup: waited for, extended in place, gone with its stack."""
    name, stack = f"stack-{uuid.uuid4().hex[:8]}", f"s-{uuid.uuid4().hex[:8]}"

    def template(definitions: list[dict[str, str]]) -> str:
        properties = {
            "FeatureGroupName": name,
            "RecordIdentifierFeatureName": "customer",
            "EventTimeFeatureName": "at",
            "FeatureDefinitions": definitions,
            "OnlineStoreConfig": {"EnableOnlineStore": True},
        }
        group = {"Type": "AWS::SageMaker::FeatureGroup", "Properties": properties}
        outputs = {"Name": {"Value": {"Ref": "Group"}}}
        return json.dumps({"Resources": {"Group": group}, "Outputs": outputs})

    def settled(done: str) -> Any:
        def check() -> Any:
            facts = client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
            assert "ROLLBACK" not in facts["StackStatus"], facts
            return facts if facts["StackStatus"] == done else None

        return eventually(check)

    client("cloudformation").create_stack(StackName=stack, TemplateBody=template(DEFINITIONS))
    assert settled("CREATE_COMPLETE")["Outputs"][0]["OutputValue"] == name
    more = [*DEFINITIONS, {"FeatureName": "color", "FeatureType": "String"}]
    client("cloudformation").update_stack(StackName=stack, TemplateBody=template(more))
    settled("UPDATE_COMPLETE")
    features = [one["FeatureName"] for one in describe(client, name)["FeatureDefinitions"]]
    assert features == ["customer", "at", "orders", "color"]
    client("cloudformation").delete_stack(StackName=stack)

    def gone() -> bool:
        found = client("sagemaker").list_feature_groups(NameContains=name)
        return not found["FeatureGroupSummaries"]

    eventually(gone)
