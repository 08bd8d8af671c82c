"""The environment's one table: lock, champion pointer and history of a use case's releases."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from functions.release.context import Release

Row = dict[str, Any]


def iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


def key(kind: str, release: Release, sk: str) -> Row:
    return {"pk": f"{kind}#{release.name}", "sk": sk}


def get(release: Release, row_key: Row) -> Row | None:
    """The row, read consistently: a pointer that is a second old is a wrong pointer."""
    found = release.aws.dynamodb.get_item(
        TableName=release.settings.table_name, Key=encode(row_key), ConsistentRead=True
    ).get("Item")
    return decode(found) if found else None


def champion(release: Release) -> Row | None:
    return row(release, "current")


def row(release: Release, which: str) -> Row | None:
    """A row of the champion's (current, previous) without its key."""
    found = get(release, key("champion", release, which))
    return {k: v for k, v in found.items() if k not in ("pk", "sk")} if found else None


def encode(value: Mapping[str, Any]) -> dict[str, Any]:
    """Plain data to DynamoDB's typed form; None is left out."""
    return {k: _encode(v) for k, v in value.items() if v is not None}


def decode(item: Mapping[str, Any]) -> Row:
    return {k: _decode(v) for k, v in item.items()}


def _encode(value: Any) -> dict[str, Any]:
    match value:
        case bool():
            return {"BOOL": value}
        case int() | float():
            return {"N": json.dumps(value)}
        case str():
            return {"S": value}
        case list() | tuple():
            return {"L": [_encode(v) for v in value]}
        case dict():
            return {"M": encode(value)}
    raise TypeError(f"{type(value).__name__} has no place in the table: {value!r}")


def _decode(value: Mapping[str, Any]) -> Any:
    ((kind, inner),) = value.items()
    match kind:
        case "N":
            return float(inner) if set(inner) & set(".eE") else int(inner)
        case "L":
            return [_decode(v) for v in inner]
        case "M":
            return decode(inner)
    return inner
