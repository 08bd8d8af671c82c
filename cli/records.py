"""Reads the environment's one table as plain Python values."""

from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from cli.stack import Stack
from cli.target import Target
from penstock.loop import LOOP

Row = dict[str, Any]


def champion(target: Target, stack: Stack, usecase: str, which: str = "current") -> Row | None:
    """Which model and which version answer now, or did before (`previous`); None without one."""
    return _row(target, stack, f"champion#{usecase}", which)


def lock(target: Target, stack: Stack, usecase: str) -> Row | None:
    """The release that runs, or was broken off; None when there is none."""
    return _row(target, stack, f"lock#{usecase}", "release")


def loop(target: Target, stack: Stack, usecase: str) -> Row | None:
    """What prepare wrote of trainings that it held back (`penstock.loop`)."""
    return _row(target, stack, f"training#{usecase}", LOOP)


def _row(target: Target, stack: Stack, pk: str, sk: str) -> Row | None:
    found = target.client("dynamodb").get_item(
        TableName=stack.table_name,
        Key={"pk": {"S": pk}, "sk": {"S": sk}},
        ConsistentRead=True,
    )
    return _plain(found["Item"]) if "Item" in found else None


def labelled(target: Target, stack: Stack, usecase: str) -> int:
    """How many answers' truths are known."""
    found = target.client("dynamodb").get_item(
        TableName=stack.table_name,
        Key={"pk": {"S": f"labels#{usecase}"}, "sk": {"S": "counters"}},
        ConsistentRead=True,
    )
    return int(_plain(found["Item"])["joined_total"]) if "Item" in found else 0


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
