"""Reads the environment's one table as plain Python values."""

from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from cli.stack import Stack
from cli.target import Target

Row = dict[str, Any]


def champion(target: Target, stack: Stack, usecase: str) -> Row | None:
    """Which model and which version answer now; None before the first release."""
    found = target.client("dynamodb").get_item(
        TableName=stack.table_name,
        Key={"pk": {"S": f"champion#{usecase}"}, "sk": {"S": "current"}},
        ConsistentRead=True,
    )
    return _plain(found["Item"]) if "Item" in found else None


def history(target: Target, stack: Stack, usecase: str) -> list[Row]:
    """Every release that ended, the newest first."""
    found = target.client("dynamodb").query(
        TableName=stack.table_name,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": f"history#{usecase}"}},
        ScanIndexForward=False,
    )
    return [_plain(item) for item in found["Items"]]


def _plain(item: dict[str, Any]) -> Row:
    read = TypeDeserializer().deserialize
    return {key: read(value) for key, value in item.items()}
