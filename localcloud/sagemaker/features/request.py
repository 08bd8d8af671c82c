"""What CreateFeatureGroup and UpdateFeatureGroup refuse at once."""

from __future__ import annotations

import re
from typing import Any, NoReturn

from localcloud import roles
from localcloud.json_service import Document, ServiceError

_RESERVED = {"is_deleted", "write_time", "api_invocation_time"}


def check(request: Document) -> None:
    name = request["FeatureGroupName"]
    if not re.fullmatch(r"[a-zA-Z0-9]([_-]*[a-zA-Z0-9]){0,63}", name):
        refuse(
            f"Value '{name}' at 'featureGroupName' failed to satisfy constraint: Member must "
            "satisfy regular expression pattern: ^[a-zA-Z0-9]([_-]*[a-zA-Z0-9]){0,63}"
        )
    definitions = request["FeatureDefinitions"]
    check_definitions(definitions, request)
    types = {one["FeatureName"]: one["FeatureType"] for one in definitions}
    for role in ("RecordIdentifierFeatureName", "EventTimeFeatureName"):
        if request[role] not in types:
            refuse(f"{role} {request[role]} is not among the FeatureDefinitions")
    if types[request["EventTimeFeatureName"]] == "Integral":
        refuse("EventTimeFeatureName must be of FeatureType Fractional or String")
    offline, online = request.get("OfflineStoreConfig"), online_of(request)
    if not offline and not online:
        refuse("Must enable at least one of OnlineStore or OfflineStore")
    if offline and offline.get("TableFormat", "Glue") == "Iceberg":
        refuse("the local cloud lacks OfflineStoreConfig.TableFormat Iceberg")
    if offline and not request.get("RoleArn"):
        refuse("RoleArn is required when OfflineStoreConfig is given")
    if request.get("RoleArn"):
        roles.check_trust(request["RoleArn"], "sagemaker.amazonaws.com")


def check_definitions(definitions: list[Any], group: Document) -> None:
    names = [one["FeatureName"] for one in definitions]
    if len({name.lower() for name in names}) != len(names):
        refuse(f"feature names must be unique; got {', '.join(names)}")
    if taken := _RESERVED & set(names):
        refuse(f"feature names {', '.join(sorted(taken))} are reserved")
    if len(names) > 2500:
        refuse(f"a feature group has at most 2500 features; got {len(names)}")
    collections = [one["FeatureName"] for one in definitions if one.get("CollectionType")]
    if collections and online_of(group).get("StorageType", "Standard") != "InMemory":
        refuse(f"collection types need OnlineStoreConfig.StorageType InMemory: {collections}")


def online_of(group: Document) -> Document:
    """The online store's configuration, or {} if it is off."""
    found: Document = group.get("OnlineStoreConfig", {})
    return found if found.get("EnableOnlineStore") else {}


def refuse(message: str) -> NoReturn:
    raise ServiceError("ValidationException", message)
