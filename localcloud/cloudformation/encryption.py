"""The key that a template gives a topic or a table is the one that its users are asked for.

MiniStack's provisioners pass over it. Upstream: `_sns_create`, `_ddb_create`,
`_ddb_global_table_create` and their updates.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from ministack.services import dynamodb, sns
from ministack.services.cloudformation import provisioners

from localcloud.config import REGION

Properties = dict[str, Any]
_TABLES = ("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable")


def install() -> None:
    for type_name, keep in (("AWS::SNS::Topic", _topic), *((name, _table) for name in _TABLES)):
        handlers = provisioners._RESOURCE_HANDLERS[type_name]
        handlers["create"] = _then(handlers["create"], keep, properties=1)
        if "update" in handlers:
            handlers["update"] = _then(handlers["update"], keep, properties=2)


def _then(original: Any, keep: Callable[[str, Properties], None], properties: int) -> Any:
    """`properties`: which argument holds those of the template as it now is."""

    @functools.wraps(original)
    def made(*given: Any, **more: Any) -> Any:
        found = original(*given, **more)
        keep(found[0], given[properties])
        return found

    return made


def _topic(arn: str, properties: Properties) -> None:
    attributes = sns._topics[arn]["attributes"]
    attributes.pop("KmsMasterKeyId", None)
    if key := properties.get("KmsMasterKeyId"):
        attributes["KmsMasterKeyId"] = key


def _table(name: str, properties: Properties) -> None:
    """A global table says of each replica which key it has."""
    given = dict(properties.get("SSESpecification") or {})
    for replica in properties.get("Replicas", []):
        if replica.get("Region") == REGION:
            given |= replica.get("SSESpecification") or {}
    wanted = {"Enabled": True, **given} if given.pop("SSEEnabled", False) else None
    dynamodb._tables[name]["SSEDescription"] = dynamodb._sse_description_from_spec(wanted)
