"""AWS's own schemas of resource types, as cfn-lint carries them, and what they say of properties.

Only the keywords that CloudFormation itself checks are applied. cfn-lint is not imported: that
costs two seconds, its files of JSON nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import regex  # type: ignore[import-untyped]
from jsonschema.exceptions import ValidationError, best_match

from localcloud.cloudformation.schema_keywords import LenientValidator
from localcloud.config import REGION

Schema = dict[str, Any]


@cache
def schema(type_name: str) -> Schema | None:
    """None when AWS has no such type (custom resources and modules have no schema of their own)."""
    name = _types().get(type_name)
    if name is None:
        return None
    found: Schema = json.loads((_folder() / "resources" / f"{name}.json").read_text("utf-8"))
    return found


def exists(type_name: str) -> bool:
    return type_name in _types()


def create_only(type_name: str) -> frozenset[str]:
    """The top-level properties whose change makes a new resource."""
    paths = (schema(type_name) or {}).get("createOnlyProperties", [])
    parts = [path.split("/")[2:] for path in paths]
    return frozenset(part[0] for part in parts if len(part) == 1)


def problems(type_name: str, properties: dict[str, Any]) -> list[str]:
    """What is wrong, each as CloudFormation words it ("#/Tags: expected type: ..."); none, []."""
    validator = _validator(type_name)
    if validator is None:
        return []
    found = [text for error in validator.iter_errors(properties) for text in _said(error)]
    return list(dict.fromkeys(found))


@cache
def _validator(type_name: str) -> Any:
    found = schema(type_name)
    if found is None:
        return None
    read_only = {path.removeprefix("/properties/") for path in found.get("readOnlyProperties", [])}
    given = {k: v for k, v in found["properties"].items() if k not in read_only}
    return LenientValidator({"additionalProperties": False, **found, "properties": given})


@cache
def _types() -> dict[str, str]:
    found: dict[str, str] = json.loads((_folder() / "providers" / f"{REGION}.json").read_text())
    return found


@cache
def _folder() -> Path:
    found = find_spec("cfnlint")
    if found is None or found.origin is None:
        raise RuntimeError("cfn-lint, which carries CloudFormation's schemas, is not installed")
    return Path(found.origin).parent / "data" / "schemas"


def _said(error: ValidationError) -> Iterator[str]:
    where = "#" + "".join(f"/{part}" for part in error.absolute_path)
    value, keyword = error.instance, str(error.validator)
    if keyword == "additionalProperties":
        allowed, patterns = (
            error.schema.get("properties", {}),
            error.schema.get("patternProperties", {}),
        )
        for key in value:
            if key not in allowed and not any(regex.search(p, key) for p in patterns):
                yield f"{where}: extraneous key [{key}] is not permitted"
    elif keyword == "required":
        for key in error.validator_value:
            if key not in value:
                yield f"{where}: required key [{key}] not found"
    elif keyword == "type":
        wanted = error.validator_value
        names = [_NAMES[one] for one in ([wanted] if isinstance(wanted, str) else wanted)]
        yield f"{where}: expected type: {' or '.join(names)}, found: {_NAMES[_kind(value)]}"
    elif keyword in ("anyOf", "oneOf") and error.context:
        closest = best_match(error.context)
        yield from _said(closest if closest is not None else error)
    else:
        yield f"{where}: failed validation constraint for keyword [{keyword}]"


_NAMES = {
    "string": "String",
    "integer": "Integer",
    "number": "Number",
    "boolean": "Boolean",
    "array": "JSONArray",
    "object": "JSONObject",
    "null": "Null",
}


def _kind(value: object) -> str:
    kinds = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array"}
    return "null" if value is None else kinds.get(type(value), "object")
