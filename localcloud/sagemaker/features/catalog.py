"""The Glue table over a feature group's offline store, which Athena reads."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from localcloud.json_service import Document, ServiceError

DATABASE = "sagemaker_featurestore"
OWN = {"write_time": "timestamp", "api_invocation_time": "timestamp", "is_deleted": "boolean"}
_TYPES = {"Integral": "bigint", "Fractional": "double", "String": "string"}
_PARQUET = "org.apache.hadoop.hive.ql.io.parquet"


def place(group: str, since: int) -> Document:
    table = f"{group.replace('-', '_').lower()}_{since}"
    return {"Catalog": "AwsDataCatalog", "Database": DATABASE, "TableName": table}


def columns(group: Document) -> dict[str, str]:
    """The Glue types of a file's columns, in their order."""
    found = {}
    for one in group["FeatureDefinitions"]:
        kind = _TYPES[one["FeatureType"]]
        found[one["FeatureName"]] = f"array<{kind}>" if one.get("CollectionType") else kind
    return {**found, **OWN}


def create(group: Document) -> None:
    from ministack.services import glue

    where = group["OfflineStoreConfig"].get("DataCatalogConfig")
    if not where:
        return
    if where["Database"] not in glue._databases:
        if where["Database"] != DATABASE:
            raise ServiceError("ValidationException", f"no Glue database {where['Database']}")
        _call(glue._create_database, {"DatabaseInput": {"Name": DATABASE}})
    words = {"DatabaseName": where["Database"], "TableInput": _table(group)}
    _call(glue._create_table, words)


def update(group: Document) -> None:
    from ministack.services import glue

    if where := group["OfflineStoreConfig"].get("DataCatalogConfig"):
        words = {"DatabaseName": where["Database"], "TableInput": _table(group)}
        _call(glue._update_table, words)


def add_partition(group: Document, values: list[str], location: str) -> None:
    from ministack.services import glue

    where = group["OfflineStoreConfig"].get("DataCatalogConfig")
    if not where:
        return
    storage = {**_storage(group), "Location": location}
    partition = {"Values": values, "StorageDescriptor": storage}
    words = {"DatabaseName": where["Database"], "TableName": where["TableName"]}
    _call(glue._batch_create_partition, {**words, "PartitionInputList": [partition]})


def _table(group: Document) -> Document:
    return {
        "Name": group["OfflineStoreConfig"]["DataCatalogConfig"]["TableName"],
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"EXTERNAL": "TRUE", "parquet.compression": "SNAPPY"},
        "PartitionKeys": [{"Name": n, "Type": "string"} for n in ("year", "month", "day", "hour")],
        "StorageDescriptor": _storage(group),
    }


def _storage(group: Document) -> Document:
    return {
        "Columns": [{"Name": name, "Type": kind} for name, kind in columns(group).items()],
        "Location": group["OfflineStoreConfig"]["S3StorageConfig"]["ResolvedOutputS3Uri"],
        "InputFormat": f"{_PARQUET}.MapredParquetInputFormat",
        "OutputFormat": f"{_PARQUET}.MapredParquetOutputFormat",
        "SerdeInfo": {"SerializationLibrary": f"{_PARQUET}.serde.ParquetHiveSerDe"},
    }


def _call(operation: Callable[[Document], Any], words: Document) -> None:
    status, _, body = operation(words)
    if status >= 400:
        raise ServiceError("ValidationException", str(json.loads(body).get("message", body)))
