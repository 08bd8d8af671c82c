"""dynamodb:LeadingKeys: the partition keys of the items that a request names.

MiniStack leaves the key out, so that `ForAllValues` on it always holds. Upstream:
`iam_actions.dynamodb_service_context`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from localcloud.json_service import Document

_EQUALS = re.compile(r"(#?[\w.-]+)\s*=\s*(:\w+)")


def of(request: Document) -> list[str]:
    """Empty where the request names no item: a scan, or a table that does not exist."""
    return list(dict.fromkeys(_value(value) for value in _values(request)))


def _value(typed: Any) -> str:
    """{"S": "x"} as a policy writes it."""
    return str(next(iter(typed.values()))) if isinstance(typed, dict) and typed else ""


def _values(request: Document) -> Iterator[Any]:
    if "TransactItems" in request:
        for item in request["TransactItems"]:
            for action in item.values():
                yield from _of_item(action)
    elif isinstance(request.get("RequestItems"), dict):
        for table, asked in request["RequestItems"].items():
            yield from _of_batch(table, asked)
    elif "KeyConditionExpression" in request or "KeyConditions" in request:
        yield from _of_query(request)
    else:
        yield from _of_item(request)


def _of_batch(table: str, asked: Any) -> Iterator[Any]:
    if isinstance(asked, dict):  # BatchGetItem
        for key in asked.get("Keys", []):
            yield from _of_item({"TableName": table, "Key": key})
        return
    for write in asked:
        item = write.get("PutRequest", {}).get("Item")
        key = write.get("DeleteRequest", {}).get("Key")
        yield from _of_item({"TableName": table, "Key": key or item or {}})


def _of_item(action: Mapping[str, Any]) -> Iterator[Any]:
    name = _partition_key(str(action.get("TableName", "")), "")
    named = action.get("Key") or action.get("Item") or {}
    if name in named:
        yield named[name]


def _of_query(request: Mapping[str, Any]) -> Iterator[Any]:
    name = _partition_key(str(request.get("TableName", "")), str(request.get("IndexName") or ""))
    for condition in [(request.get("KeyConditions") or {}).get(name)]:
        yield from (condition or {}).get("AttributeValueList", [])
    names = request.get("ExpressionAttributeNames") or {}
    values = request.get("ExpressionAttributeValues") or {}
    for left, right in _EQUALS.findall(request.get("KeyConditionExpression") or ""):
        if names.get(left, left) == name and right in values:
            yield values[right]


def _partition_key(table: str, index: str) -> str | None:
    from ministack.services import dynamodb

    found: Mapping[str, Any] = dynamodb._tables.get(table.rpartition("/")[2]) or {}
    schemas = [found] if not index else _indexes(found, index)
    for schema in schemas:
        for key in schema.get("KeySchema") or []:
            if key["KeyType"] == "HASH":
                return str(key["AttributeName"])
    return None


def _indexes(table: Mapping[str, Any], index: str) -> list[Mapping[str, Any]]:
    both = [
        *(table.get("GlobalSecondaryIndexes") or []),
        *(table.get("LocalSecondaryIndexes") or []),
    ]
    return [found for found in both if found.get("IndexName") == index]
