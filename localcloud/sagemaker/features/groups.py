"""The feature group operations. A group is plain data in a table, by its name."""

from __future__ import annotations

import contextvars
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime

from botocore.exceptions import BotoCoreError, ClientError

from localcloud import tables
from localcloud.config import ACCOUNT, REGION
from localcloud.iam import arn
from localcloud.json_service import Document, Operation, ServiceError
from localcloud.sagemaker import listing, tags
from localcloud.sagemaker.features import catalog, offline, online
from localcloud.sagemaker.features.request import check, check_definitions, online_of

_SUMMARY = (
    "FeatureGroupName",
    "FeatureGroupArn",
    "CreationTime",
    "FeatureGroupStatus",
    "OfflineStoreStatus",
)
_ORDER = {"Name": "FeatureGroupName", "CreationTime": "CreationTime"}


@dataclass
class Group:
    request: Document
    arn: str
    status: str = "Creating"
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    modified: datetime = field(default_factory=lambda: datetime.now(UTC))
    extra: Document = field(default_factory=dict)

    def describe(self) -> Document:
        return {
            "ThroughputConfig": {"ThroughputMode": "OnDemand"},
            **{k: v for k, v in self.request.items() if k != "Tags"},
            "FeatureGroupArn": self.arn,
            "FeatureGroupStatus": self.status,
            "CreationTime": self.created,
            "LastModifiedTime": self.modified,
            **self.extra,
        }


def operations() -> dict[str, Operation]:
    return {
        "CreateFeatureGroup": create,
        "DeleteFeatureGroup": delete,
        "DescribeFeatureGroup": lambda request: find(request["FeatureGroupName"]).describe(),
        "ListFeatureGroups": list_,
        "UpdateFeatureGroup": update,
    }


def kept() -> dict[str, Group]:
    return tables.table("sagemaker.feature-groups")


def find(name_or_arn: str) -> Group:
    name = name_or_arn.rpartition("/")[2]
    if name not in kept():
        raise ServiceError(
            "ResourceNotFound", f"Resource Not Found: FeatureGroup with name {name} does not exist"
        )
    return kept()[name]


def create(request: Document) -> Document:
    check(request)
    name = request["FeatureGroupName"]
    if name in kept():
        raise ServiceError(
            "ResourceInUse",
            f"Resource Already Exists: FeatureGroup with name {name} already exists. Choose a "
            f"different name.\nInfo: Feature Group '{name}' already exists.",
        )
    group = Group(request, arn("sagemaker", f"feature-group/{name}"))
    if config := request.get("OfflineStoreConfig"):
        since = int(group.created.timestamp())
        base = config["S3StorageConfig"]["S3Uri"].rstrip("/")
        config["S3StorageConfig"]["ResolvedOutputS3Uri"] = (
            f"{base}/{ACCOUNT}/sagemaker/{REGION}/offline-store/{name}-{since}/data"
        )
        if not config.get("DisableGlueTableCreation"):
            config.setdefault("DataCatalogConfig", catalog.place(name, since))
        group.extra["OfflineStoreStatus"] = {"Status": "Active"}
    kept()[name] = group
    tags.keep(group.arn, request.get("Tags", []))
    run = contextvars.copy_context().run
    threading.Thread(target=run, args=(_finish, group), daemon=True).start()
    return {"FeatureGroupArn": group.arn}


def resume() -> None:
    """What a server before this one had begun: groups in the making, rows in the buffer."""
    for group in list(kept().values()):
        if group.status == "Creating":
            threading.Thread(target=_finish, args=(group,), daemon=True).start()
    offline.resume()


def _finish(group: Group) -> None:
    try:
        if "OfflineStoreConfig" in group.request:
            offline.check_bucket(group.request)
            catalog.create(group.request)
        group.status = "Created"
    except (ClientError, BotoCoreError, ServiceError) as error:
        group.extra["FailureReason"], group.status = str(error)[:1024], "CreateFailed"
    group.modified = datetime.now(UTC)


def update(request: Document) -> Document:
    group = find(request["FeatureGroupName"])
    if group.status != "Created":
        raise ServiceError("ValidationException", f"FeatureGroup is in status {group.status}")
    added = request.get("FeatureAdditions", [])
    definitions = [*group.request["FeatureDefinitions"], *added]
    check_definitions(definitions, group.request)
    changed = {**group.request, "FeatureDefinitions": definitions}
    if "OnlineStoreConfig" in request:
        if not online_of(group.request):
            raise ServiceError("ValidationException", "the feature group has no online store")
        config = {**group.request["OnlineStoreConfig"], **request["OnlineStoreConfig"]}
        changed["OnlineStoreConfig"] = config
    if "ThroughputConfig" in request:
        changed["ThroughputConfig"] = request["ThroughputConfig"]
    if added and "OfflineStoreConfig" in changed:
        catalog.update(changed)
    group.request, group.modified = changed, datetime.now(UTC)
    group.extra["LastUpdateStatus"] = {"Status": "Successful"}
    return {"FeatureGroupArn": group.arn}


def delete(request: Document) -> Document:
    """What the offline store has in S3 and its Glue table stay, as on AWS."""
    group = find(request["FeatureGroupName"])
    name = group.request["FeatureGroupName"]
    offline.flush(group.request)
    online.forget(name)
    kept().pop(name, None)
    return {}


def list_(request: Document) -> Document:
    if unknown := request.keys() - {
        "FeatureGroupStatusEquals",
        "MaxResults",
        "NameContains",
        "NextToken",
        "SortBy",
        "SortOrder",
    }:
        raise ServiceError(
            "ValidationException", f"ListFeatureGroups: the local cloud lacks {sorted(unknown)}"
        )
    key = _ORDER.get(request.get("SortBy", "CreationTime"))
    if key is None:
        raise ServiceError(
            "ValidationException", f"the local cloud sorts by {', '.join(sorted(_ORDER))}"
        )
    found = [group.describe() for group in kept().values()]
    words, status = request.get("NameContains", ""), request.get("FeatureGroupStatusEquals")
    found = [
        one
        for one in found
        if words in one["FeatureGroupName"] and status in (None, one["FeatureGroupStatus"])
    ]
    reverse = request.get("SortOrder", "Descending") == "Descending"
    found.sort(key=lambda one: one[key], reverse=reverse)
    start = listing.start(request.get("NextToken", "0"))
    end = start + request.get("MaxResults", 10)
    shown = [{name: one[name] for name in _SUMMARY if name in one} for one in found[start:end]]
    answer: Document = {"FeatureGroupSummaries": shown}
    return {**answer, "NextToken": str(end)} if end < len(found) else answer
