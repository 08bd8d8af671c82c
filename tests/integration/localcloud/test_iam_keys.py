"""A customer's key is asked for in the caller's name, through the service that uses it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError
from cloudformation_stacks import Stack
from conftest import eventually
from localcloud_roles import ACCOUNT, allow
from localcloud_users import make_key, make_queue, make_user

import localcloud

Client = Callable[[str], Any]
EVERYTHING_BUT_KEYS = ("s3:*", "sns:*", "sqs:*", "dynamodb:*", "kinesis:*", "secretsmanager:*")


def bucket_under(client: Client, key: str) -> str:
    name = f"b-{uuid.uuid4().hex[:8]}"
    client("s3").create_bucket(Bucket=name)
    rule = {
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    }
    client("s3").put_bucket_encryption(
        Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]}
    )
    return name


def with_condition(statement: dict[str, Any], operator: str, **values: Any) -> dict[str, Any]:
    return {**statement, "Condition": {operator: values}}


def test_an_object_is_written_and_read_with_its_key(
    client: Client, cloud: localcloud.Running
) -> None:
    """kms:GenerateDataKey to write, kms:Decrypt to read; the denial names action and key."""
    key = make_key(client)
    bucket = bucket_under(client, key)
    no_key = make_user(client, cloud, allow("s3:*"))("s3")
    with pytest.raises(ClientError, match=rf"kms:GenerateDataKey on resource: {key}"):
        no_key.put_object(Bucket=bucket, Key="x", Body=b"1")
    writer = make_user(client, cloud, allow("s3:*"), allow("kms:GenerateDataKey", on=key))("s3")
    writer.put_object(Bucket=bucket, Key="x", Body=b"1")
    with pytest.raises(ClientError, match="kms:Decrypt"):
        writer.get_object(Bucket=bucket, Key="x")
    reader = make_user(client, cloud, allow("s3:*"), allow("kms:Decrypt", on=key))("s3")
    assert reader.get_object(Bucket=bucket, Key="x")["Body"].read() == b"1"


def test_a_key_that_does_not_delegate_heeds_no_identity_policy(
    client: Client, cloud: localcloud.Running
) -> None:
    """Without the statement for the account, only whom the key names may use it."""
    closed = make_key(client, delegates=False)
    user = make_user(client, cloud, allow("s3:*"), allow("kms:*"))
    with pytest.raises(ClientError, match="kms:GenerateDataKey"):
        user("s3").put_object(Bucket=bucket_under(client, closed), Key="x", Body=b"1")


def test_a_key_may_be_for_one_service_and_one_resource(
    client: Client, cloud: localcloud.Running
) -> None:
    """kms:ViaService and the encryption context are the service's own words."""
    key = make_key(client)
    bucket, other = bucket_under(client, key), bucket_under(client, key)
    through_s3 = with_condition(
        allow("kms:GenerateDataKey", on=key),
        "StringLike",
        **{
            "kms:ViaService": "s3.us-east-1.amazonaws.com",
            "kms:EncryptionContext:aws:s3:arn": f"arn:aws:s3:::{bucket}/*",
        },
    )
    user = make_user(client, cloud, allow("s3:*"), through_s3)
    user("s3").put_object(Bucket=bucket, Key="x", Body=b"1")
    with pytest.raises(ClientError, match="kms:GenerateDataKey"):
        user("s3").put_object(Bucket=other, Key="x", Body=b"1")
    with pytest.raises(ClientError, match="kms:GenerateDataKey"):
        user("kms").generate_data_key(KeyId=key, KeySpec="AES_256")


def test_every_encrypted_resource_asks_for_its_key(
    client: Client, cloud: localcloud.Running
) -> None:
    key, name = make_key(client), f"n-{uuid.uuid4().hex[:8]}"
    url, _ = make_queue(client, KmsMasterKeyId=key)
    topic = client("sns").create_topic(Name=name, Attributes={"KmsMasterKeyId": key})["TopicArn"]
    client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key},
    )
    client("secretsmanager").create_secret(Name=name, SecretString="s", KmsKeyId=key)
    item = {"TableName": name, "Key": {"k": {"S": "1"}}}
    calls: list[tuple[str, str, dict[str, Any]]] = [
        ("sqs", "send_message", {"QueueUrl": url, "MessageBody": "m"}),
        ("sqs", "receive_message", {"QueueUrl": url}),
        ("sns", "publish", {"TopicArn": topic, "Message": "m"}),
        ("dynamodb", "get_item", item),
        ("secretsmanager", "get_secret_value", {"SecretId": name}),
    ]
    without = make_user(client, cloud, allow(*EVERYTHING_BUT_KEYS))
    holder = make_user(
        client, cloud, allow(*EVERYTHING_BUT_KEYS), allow("kms:Decrypt", "kms:GenerateDataKey")
    )
    for service, operation, words in calls:
        with pytest.raises(ClientError, match="kms:"):
            getattr(without(service), operation)(**words)
        getattr(holder(service), operation)(**words)


def test_a_row_is_opened_by_its_leading_key(client: Client, cloud: localcloud.Running) -> None:
    """dynamodb:LeadingKeys holds a caller to its own partition, by key and by query."""
    name = f"n-{uuid.uuid4().hex[:8]}"
    client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    table = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/{name}"
    own = with_condition(
        allow("dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem", on=table),
        "ForAllValues:StringEquals",
        **{"dynamodb:LeadingKeys": ["mine"]},
    )
    user = make_user(client, cloud, own)("dynamodb")

    def query(value: str) -> dict[str, Any]:
        return {
            "TableName": name,
            "KeyConditionExpression": "#k = :k",
            "ExpressionAttributeNames": {"#k": "k"},
            "ExpressionAttributeValues": {":k": {"S": value}},
        }

    user.put_item(TableName=name, Item={"k": {"S": "mine"}})
    assert user.query(**query("mine"))["Count"] == 1
    for call, words in [
        (user.put_item, {"TableName": name, "Item": {"k": {"S": "theirs"}}}),
        (user.get_item, {"TableName": name, "Key": {"k": {"S": "theirs"}}}),
        (user.query, query("theirs")),
    ]:
        with pytest.raises(ClientError, match="AccessDenied"):
            call(**words)


def test_a_key_that_is_not_filled_allows_nothing(client: Client, cloud: localcloud.Running) -> None:
    """IfExists and ForAllValues hold without the key: not if AWS would have filled it."""
    unknown = with_condition(
        allow("sqs:ListQueues"), "StringEqualsIfExists", **{"sqs:NoSuchKey": "x"}
    )
    with pytest.raises(ClientError, match="AccessDenied"):
        make_user(client, cloud, unknown)("sqs").list_queues()
    known = with_condition(
        allow("sqs:ListQueues"), "StringEqualsIfExists", **{"aws:SourceVpce": "x"}
    )
    make_user(client, cloud, known)("sqs").list_queues()


def test_an_encrypted_log_group_needs_a_key_that_names_logs(client: Client) -> None:
    """CloudFormation's log group fails with Logs' own words."""
    template = {
        "Resources": {
            "Group": {
                "Type": "AWS::Logs::LogGroup",
                "Properties": {"LogGroupName": "/g/closed", "KmsKeyId": make_key(client)},
            }
        }
    }
    name = f"s-{uuid.uuid4().hex[:8]}"
    cloudformation = client("cloudformation")
    cloudformation.create_stack(
        StackName=name, TemplateBody=json.dumps(template), OnFailure="DELETE"
    )

    def failure() -> str:
        events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
        reasons = [e.get("ResourceStatusReason", "") for e in events]
        return next((r for r in reasons if "not allowed to be used with" in r), "")

    assert "/g/closed" in eventually(failure)


def test_the_key_of_a_template_is_asked_for_too(client: Client, cloud: localcloud.Running) -> None:
    """Of a topic, a table and a global table that CloudFormation made."""
    key = make_key(client)
    table = {
        "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
    }
    on = {"SSEEnabled": True, "SSEType": "KMS"}
    replica = {"Region": "us-east-1", "SSESpecification": {"KMSMasterKeyId": key}}
    made = {
        "Topic": ("AWS::SNS::Topic", {"KmsMasterKeyId": key}),
        "One": ("AWS::DynamoDB::Table", table | {"SSESpecification": on | {"KMSMasterKeyId": key}}),
        "Global": (
            "AWS::DynamoDB::GlobalTable",
            table | {"SSESpecification": on, "Replicas": [replica]},
        ),
    }
    stack = Stack(client)
    template = {
        "Resources": {n: {"Type": kind, "Properties": given} for n, (kind, given) in made.items()},
        "Outputs": {name: {"Value": {"Ref": name}} for name in made},
    }
    assert stack.create(template) == "CREATE_COMPLETE"
    names = stack.outputs()
    without = make_user(client, cloud, allow(*EVERYTHING_BUT_KEYS))
    holder = make_user(
        client, cloud, allow(*EVERYTHING_BUT_KEYS), allow("kms:Decrypt", "kms:GenerateDataKey")
    )

    def use(user: Any) -> Iterator[Callable[[], Any]]:
        yield lambda: user("sns").publish(TopicArn=names["Topic"], Message="m")
        for name in ("One", "Global"):
            yield partial(user("dynamodb").get_item, TableName=names[name], Key={"k": {"S": "1"}})

    for refused, let in zip(use(without), use(holder), strict=True):
        with pytest.raises(ClientError, match="kms:"):
            refused()
        let()
    stack.delete()
