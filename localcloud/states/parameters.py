"""A task's parameters as botocore wants them, and its answer as Step Functions gives it."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from localcloud.states import names

# Where the optimised integrations take any JSON for what is a string of the service.
_JSON = {"sqs": "MessageBody", "sns": "Message", "stepfunctions": "Input", "events": "Detail"}


def with_texts(service: str, value: Any, *, sdk: bool) -> Any:
    """The parameters with such JSON written out; the SDK form takes strings only."""
    name = _JSON.get(service)
    if sdk or name is None or not isinstance(value, dict):
        return value
    if isinstance(value.get("Entries"), list):
        entries = [with_texts(service, entry, sdk=sdk) for entry in value["Entries"]]
        value = {**value, "Entries": entries}
    if isinstance(value.get(name), dict | list):
        value = {**value, name: json.dumps(value[name])}
    return value


def to_botocore(shape: Any, value: Any, path: str = "") -> Any:
    """Raises ValueError for a parameter that the operation does not have."""
    if shape is None:
        return value
    if shape.type_name == "structure" and isinstance(value, dict):
        found = {}
        for key, part in value.items():
            name = names.member(shape, key)
            if name is None:
                known = ", ".join(sorted(names.key(shape, one) for one in shape.members))
                raise ValueError(
                    f"The field '{path}{key}' is not supported by Step Functions; "
                    f"expected one of {known}"
                )
            found[name] = to_botocore(shape.members[name], part, f"{path}{key}.")
        return found
    if shape.type_name == "list" and isinstance(value, list):
        return [to_botocore(shape.member, part, path) for part in value]
    if shape.type_name == "map" and isinstance(value, dict):
        return {key: to_botocore(shape.value, part, f"{path}{key}.") for key, part in value.items()}
    if shape.type_name == "blob":
        text = value if isinstance(value, str) else json.dumps(value)
        return text.encode()
    return value


def from_botocore(shape: Any, value: Any) -> Any:
    """Upper-case keys, times as ISO 8601, bytes as text."""
    if shape is None:
        return {}
    if shape.type_name == "structure":
        return {
            names.key(shape, name): from_botocore(shape.members[name], part)
            for name, part in value.items()
            if name in shape.members
        }
    if shape.type_name == "list":
        return [from_botocore(shape.member, part) for part in value]
    if shape.type_name == "map":
        return {key: from_botocore(shape.value, part) for key, part in value.items()}
    return _scalar(value)


def _scalar(value: Any) -> Any:
    if isinstance(value, datetime):
        text = value.isoformat(timespec="milliseconds")
        return text.replace("+00:00", "Z")
    if hasattr(value, "read"):
        value = value.read()
    if isinstance(value, bytes | bytearray):
        return bytes(value).decode("utf-8", "replace")
    return value
