"""ItemReader: a Map Run's items out of S3, read as the machine's role."""

from __future__ import annotations

import csv
import gzip
import io
import json
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from localcloud.states import task
from localcloud.states.engine import values
from localcloud.states.engine.fault import Fault
from localcloud.states.engine.scope import Scope

_DELIMITERS = {"COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "SPACE": " ", "TAB": "\t"}


def read(state: dict[str, Any], scope: Scope, data: Any) -> list[Any]:
    """Raises States.ItemReaderFailed with S3's reason or the parser's."""
    reader = state["ItemReader"]
    config = reader.get("ReaderConfig", {})
    if scope.jsonata:
        where = values.jsonata(reader.get("Arguments", {}), scope, data)
    else:
        where = values.fill(reader.get("Parameters", {}), scope, data)
    s3 = task.Execution(scope.run.record, scope.run.role, scope.cancelled).client("s3")
    try:
        if str(reader["Resource"]).endswith("s3:listObjectsV2"):
            items = _listed(s3, where, config)
        else:
            items = parse(_body(s3, where["Bucket"], where["Key"]), config, s3)
    except ClientError as error:
        facts = error.response["Error"]
        raise Fault("States.ItemReaderFailed", facts.get("Message", facts["Code"])) from error
    except (BotoCoreError, ValueError, LookupError, TypeError) as error:
        raise Fault("States.ItemReaderFailed", f"{where}: {error}") from error
    most = int(values.number(config, "MaxItems", scope, data, 0))
    return items[:most] if most else items


def _body(s3: Any, bucket: str, key: str) -> bytes:
    return bytes(s3.get_object(Bucket=bucket, Key=key)["Body"].read())


def _listed(s3: Any, where: dict[str, Any], config: dict[str, Any]) -> list[Any]:
    found: list[Any] = []
    for page in s3.get_paginator("list_objects_v2").paginate(**where):
        for entry in page.get("Contents", []):
            if config.get("Transformation") == "LOAD_AND_FLATTEN":
                found += parse(_body(s3, where["Bucket"], entry["Key"]), config, s3)
                continue
            found.append(
                {
                    "Etag": entry["ETag"],
                    "Key": entry["Key"],
                    "LastModified": int(entry["LastModified"].timestamp()),
                    "Size": entry["Size"],
                    "StorageClass": entry.get("StorageClass", "STANDARD"),
                }
            )
    return found


def parse(body: bytes, config: dict[str, Any], s3: Any = None) -> list[Any]:
    """The items of one object. Raises ValueError or LookupError for what cannot be read."""
    kind = config.get("InputType", "JSON")
    if kind == "MANIFEST":
        return _inventory(json.loads(body), s3)
    text = body.decode("utf-8-sig")
    if kind == "JSONL":
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    if kind == "CSV":
        return _rows(text, config)
    if kind != "JSON":
        raise ValueError(f"the local cloud does not read items of the type {kind}")
    data = json.loads(text)
    for part in filter(None, config.get("ItemsPointer", "").split("/")):
        name = part.replace("~1", "/").replace("~0", "~")
        data = data[int(name)] if isinstance(data, list) else data[name]
    if isinstance(data, dict):
        return [{"Key": key, "Value": value} for key, value in data.items()]
    if not isinstance(data, list):
        raise ValueError("expected an array")
    return data


def _rows(text: str, config: dict[str, Any]) -> list[Any]:
    """A field that is missing is an empty string; one too many is left out."""
    delimiter = _DELIMITERS[config.get("CSVDelimiter", "COMMA")]
    rows = [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if row]
    if config["CSVHeaderLocation"] == "GIVEN":
        header = config["CSVHeaders"]
    else:
        header, rows = (rows[0], rows[1:]) if rows else ([], [])
    return [dict(zip(header, [*row, *[""] * len(header)], strict=False)) for row in rows]


def _inventory(manifest: dict[str, Any], s3: Any) -> list[Any]:
    """S3 Inventory: the manifest names gzipped CSV files of objects, without a header."""
    if manifest.get("fileFormat", "CSV") != "CSV":
        raise ValueError("the local cloud reads inventories of CSV files only")
    header = [name.strip() for name in manifest["fileSchema"].split(",")]
    bucket = manifest["destinationBucket"].removeprefix("arn:aws:s3:::")
    config = {"CSVHeaderLocation": "GIVEN", "CSVHeaders": header}
    return [
        row
        for file in manifest["files"]
        for row in _rows(gzip.decompress(_body(s3, bucket, file["key"])).decode(), config)
    ]
