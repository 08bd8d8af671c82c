"""The runtime's operations: a record is put into, got from and deleted in its group's stores."""

from __future__ import annotations

from localcloud import iam
from localcloud.json_service import Document, Operation, ServiceError
from localcloud.sagemaker.features import offline, online
from localcloud.sagemaker.features.groups import Group, find
from localcloud.sagemaker.features.online import Entry
from localcloud.sagemaker.features.request import online_of
from localcloud.sagemaker.features.values import checked, event_time, invalid, seconds

SERVICE = "sagemaker-featurestore-runtime"


def operations() -> dict[str, Operation]:
    return {
        "BatchGetRecord": batch_get,
        "DeleteRecord": delete,
        "GetRecord": get,
        "PutRecord": put,
    }


def put(request: Document) -> Document:
    group = _group(request["FeatureGroupName"])
    stores = _stores(group, request)
    facts, record = group.request, request["Record"]
    row = _row(facts, record)
    texts = {one["FeatureName"]: one.get("ValueAsString", "") for one in record}
    at = event_time(texts[facts["EventTimeFeatureName"]])
    if "OnlineStore" in stores:
        life = request.get("TtlDuration") or online_of(facts).get("TtlDuration")
        expires = at + seconds(life) if life else None
        identifier = texts[facts["RecordIdentifierFeatureName"]]
        online.put(facts["FeatureGroupName"], identifier, Entry(at, record, expires))
    if "OfflineStore" in stores:
        offline.add(facts, at, row, deleted=False)
    return {}


def get(request: Document) -> Document:
    group = _with_online(request["FeatureGroupName"])
    identifier = request["RecordIdentifierValueAsString"]
    found = online.get(group.request["FeatureGroupName"], identifier)
    if found is None:
        return {}
    names = _known(group, request.get("FeatureNames", []))
    return online.shown(found, names, request.get("ExpirationTimeResponse") == "Enabled")


def batch_get(request: Document) -> Document:
    records, errors = [], []
    with_expiry = request.get("ExpirationTimeResponse") == "Enabled"
    for wanted in request["Identifiers"]:
        for identifier in wanted["RecordIdentifiersValueAsString"]:
            about = {
                "FeatureGroupName": wanted["FeatureGroupName"],
                "RecordIdentifierValueAsString": identifier,
            }
            try:
                group = _with_online(wanted["FeatureGroupName"])
                names = _known(group, wanted.get("FeatureNames", []))
            except ServiceError as error:
                told = {"ErrorCode": error.code, "ErrorMessage": error.message}
                errors.append({**about, **told})
                continue
            found = online.get(group.request["FeatureGroupName"], identifier)
            if found is not None:
                records.append({**about, **online.shown(found, names, with_expiry)})
    return {"Records": records, "Errors": errors, "UnprocessedIdentifiers": []}


def delete(request: Document) -> Document:
    group = _group(request["FeatureGroupName"])
    stores = _stores(group, request)
    facts, identifier = group.request, request["RecordIdentifierValueAsString"]
    name, at = facts["FeatureGroupName"], event_time(request["EventTime"])
    if "OnlineStore" in stores:
        if request.get("DeletionMode") == "HardDelete":
            online.erase(name, identifier, at)
        else:
            online.put(name, identifier, Entry(at, None))
    if "OfflineStore" in stores:
        items = {"RecordIdentifierFeatureName": identifier}
        items["EventTimeFeatureName"] = request["EventTime"]
        record = [{"FeatureName": facts[k], "ValueAsString": v} for k, v in items.items()]
        offline.add(facts, at, _row(facts, record), deleted=True)
    return {}


def batch_resources(operation: str, request: Document) -> list[tuple[str, str, Document]]:
    """Every group of a batch must be allowed, each by its ARN."""
    if operation != "BatchGetRecord":
        return []
    names = [one["FeatureGroupName"].rpartition("/")[2] for one in request["Identifiers"]]
    action = "sagemaker:BatchGetRecord"
    return [(action, iam.arn("sagemaker", f"feature-group/{name}"), {}) for name in names]


def _row(facts: Document, record: list[Document]) -> Document:
    definitions = {one["FeatureName"]: one for one in facts["FeatureDefinitions"]}
    row = {}
    for item in record:
        name = item["FeatureName"]
        if name not in definitions:
            raise invalid(f"Validation Error: feature {name} is not defined in the feature group")
        if name in row:
            raise invalid(f"Validation Error: feature {name} is given twice")
        row[name] = checked(definitions[name], item)
    for role in ("RecordIdentifierFeatureName", "EventTimeFeatureName"):
        if facts[role] not in row:
            raise invalid(f"Validation Error: the record lacks {facts[role]}, its {role}")
    return row


def _stores(group: Group, request: Document) -> list[str]:
    has = {"OnlineStore": bool(online_of(group.request))}
    has["OfflineStore"] = "OfflineStoreConfig" in group.request
    wanted: list[str] = request.get("TargetStores") or [name for name, on in has.items() if on]
    for name in wanted:
        if not has[name]:
            raise invalid(f"Validation Error: the feature group has no {name}")
    return wanted


def _group(name: str) -> Group:
    try:
        group = find(name)
    except ServiceError as error:
        raise ServiceError(error.code, error.message, 404) from error
    if group.status != "Created":
        raise invalid(f"Validation Error: the feature group is in status {group.status}")
    return group


def _with_online(name: str) -> Group:
    group = _group(name)
    if not online_of(group.request):
        raise invalid("Validation Error: the feature group has no OnlineStore")
    return group


def _known(group: Group, names: list[str]) -> list[str]:
    known = {one["FeatureName"] for one in group.request["FeatureDefinitions"]}
    if missing := set(names) - known:
        raise invalid(f"Validation Error: no feature is named {', '.join(sorted(missing))}")
    return names
