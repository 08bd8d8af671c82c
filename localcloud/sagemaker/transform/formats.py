"""Records of a transform job as data, so that they can be filtered and joined."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

CSV, JSON, JSON_LINES = "text/csv", "application/json", "application/jsonlines"
KNOWN = (CSV, JSON, JSON_LINES)


def kind(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def parse(content_type: str, record: bytes) -> Any:
    """A row of CSV is an array of its cells; raises ValueError for what is not of that type."""
    text = record.decode()
    if kind(content_type) == CSV:
        return next(csv.reader([text]), [])
    return json.loads(text)


def write(content_type: str, value: Any) -> bytes:
    if kind(content_type) != CSV:
        return json.dumps(value).encode()
    row = list(value.values()) if isinstance(value, dict) else value
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="").writerow(row if isinstance(row, list) else [row])
    return buffer.getvalue().encode()


def join(content_type: str, given: Any, answer: Any) -> Any:
    """The input record with its answer, as AWS puts them together."""
    if kind(content_type) == CSV:
        return [*given, *answer]
    if isinstance(given, dict):
        return {**given, "SageMakerOutput": answer}
    return {"SageMakerInput": given, "SageMakerOutput": answer}
