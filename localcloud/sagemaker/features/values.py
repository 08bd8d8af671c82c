"""What a feature's value may be, and when an event was, in the forms that AWS documents."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from localcloud.json_service import Document, ServiceError

_ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z")
_SECONDS = {"Seconds": 1, "Minutes": 60, "Hours": 3600, "Days": 86400, "Weeks": 604800}


def event_time(text: str) -> float:
    """Unix seconds: from a Fractional's number, or a String's ISO 8601."""
    if _ISO.fullmatch(text):
        return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
    try:
        found = float(text)
        datetime.fromtimestamp(found, UTC)
    except (ValueError, OverflowError, OSError):
        raise invalid(
            f"The event time {text!r} is invalid; expected Unix seconds or "
            "yyyy-MM-dd'T'HH:mm:ssZ or yyyy-MM-dd'T'HH:mm:ss.SSSZ"
        ) from None
    return found


def seconds(duration: Document) -> int:
    return int(duration["Value"]) * _SECONDS[duration["Unit"]]


def checked(definition: Document, item: Document) -> Any:
    """The typed value of one feature of a record."""
    name = definition["FeatureName"]
    if definition.get("CollectionType"):
        if "ValueAsStringList" not in item:
            raise invalid(f"Feature {name} is a collection; expected ValueAsStringList")
        return [_typed(definition, text) for text in item["ValueAsStringList"]]
    if "ValueAsString" not in item:
        raise invalid(f"Feature {name} is no collection; expected ValueAsString")
    return _typed(definition, item["ValueAsString"])


def _typed(definition: Document, text: str) -> Any:
    kind = definition["FeatureType"]
    try:
        if kind == "Integral" and -(2**63) <= int(text) < 2**63:
            return int(text)
        if kind == "Fractional":
            return float(text)
    except ValueError:
        pass
    if kind == "String":
        return text
    raise invalid(
        f"Validation error in Record: feature {definition['FeatureName']} expects {kind}; "
        f"got {text!r}"
    )


def invalid(message: str) -> ServiceError:
    return ServiceError("ValidationError", message)
