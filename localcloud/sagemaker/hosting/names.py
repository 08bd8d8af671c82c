"""Names and errors that models, endpoint configurations and endpoints have in common."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from localcloud.iam import arn
from localcloud.json_service import Document, ServiceError

_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")
_WORDS = {
    "model": "model",
    "endpoint-config": "endpoint configuration",
    "endpoint": "endpoint",
}


def check(member: str, name: str) -> None:
    if not _NAME.fullmatch(name) or len(name) > 63:
        raise refusal(
            f"1 validation error detected: Value '{name}' at '{member[0].lower() + member[1:]}' "
            "failed to satisfy constraint: Member must satisfy regular expression pattern: "
            "[a-zA-Z0-9]([\\-a-zA-Z0-9]*[a-zA-Z0-9])?, and be at most 63 characters"
        )


def refusal(text: str) -> ServiceError:
    return ServiceError("ValidationException", text)


def taken(kind: str, name: str) -> ServiceError:
    found = arn("sagemaker", f"{kind}/{name}")
    return refusal(f'Cannot create already existing {_WORDS[kind]} "{found}".')


def find(kind: str, records: Mapping[str, Any], name: str) -> Any:
    if name not in records:
        found = arn("sagemaker", f"{kind}/{name}")
        raise refusal(f'Could not find {_WORDS[kind]} "{found}".')
    return records[name]


def lacks(operation: str, given: Iterable[str], done: Iterable[str]) -> None:
    """Refuse by name what AWS has and this cloud does not do."""
    if unknown := sorted(set(given) - set(done)):
        raise refusal(f"{operation}: the local cloud lacks {', '.join(unknown)}")


def now() -> datetime:
    return datetime.now(UTC)


def untagged(request: Document) -> Document:
    return {key: value for key, value in request.items() if key != "Tags"}
