"""The environment's one table, as far as prepare, evaluate and monitor know it."""

from functools import cache
from typing import Any

Row = dict[str, Any]

# The two rows that hold a use case's newest training: one nobody asked for (drift, labels,
# schedule), and one of new data or of a person.
RETRAINED, TRAINED = "last-retraining", "last-training"


@cache
def client() -> Any:
    import boto3  # not at the top: logic and its tests need no AWS

    return boto3.client("dynamodb")


def get(table: str, pk: str, sk: str) -> Row | None:
    """A row's text fields, read consistently; None where there is none."""
    key = {"pk": {"S": pk}, "sk": {"S": sk}}
    found = client().get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")
    return {name: value["S"] for name, value in found.items() if "S" in value} if found else None


def champion(table: str, usecase: str) -> Row | None:
    """Who is live, as the release wrote it; None before the first release."""
    return get(table, f"champion#{usecase}", "current")


def last_training(table: str, usecase: str, kind: str = RETRAINED) -> Row | None:
    """The newest training of a kind: its start (`started_at`, ISO 8601, UTC) and `execution`."""
    return get(table, f"training#{usecase}", kind)


def new_labels(table: str, usecase: str) -> tuple[int, int]:
    """How many answers' truths are known; how many of them since the newest training began."""
    counters = get(table, f"labels#{usecase}", "counters")
    total = int(counters["joined_total"]) if counters else 0
    rows = [last_training(table, usecase, kind) for kind in (RETRAINED, TRAINED)]
    return total, total - max(int(row.get("labels", 0)) if row else 0 for row in rows)


def put(table: str, row: Row) -> None:
    """Write a row of texts."""
    client().put_item(TableName=table, Item=_item(row))


def replace(table: str, row: Row, field: str, seen: str | None) -> bool:
    """Write the row if its `field` still is what was seen (None: no row); False if it is not."""
    condition: Row = {"ConditionExpression": "attribute_not_exists(pk)"}
    if seen is not None:
        condition = {
            "ConditionExpression": "#field = :seen",
            "ExpressionAttributeNames": {"#field": field},
            "ExpressionAttributeValues": {":seen": {"S": seen}},
        }
    try:
        client().put_item(TableName=table, Item=_item(row), **condition)
    except client().exceptions.ConditionalCheckFailedException:
        return False
    return True


def _item(row: Row) -> dict[str, Any]:
    return {name: {"S": value} for name, value in row.items()}
