"""What pollers of queues and streams share: a mapping's settings, its function, its filters."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from typing import Any

from ministack.services import eventbridge, lambda_svc


class Bell:
    """Wakes every poller at once when any source has got something."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._count = 0

    def ring(self) -> None:
        with self._changed:
            self._count += 1
            self._changed.notify_all()

    def count(self) -> int:
        return self._count

    def wait(self, since: int, seconds: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._count != since, seconds)


news = Bell()


def enabled(esm: dict[str, Any]) -> bool:
    wanted = esm.get("Enabled", True)
    return str(wanted).lower() != "false"


@dataclass
class Answer:
    """`failed` are the identifiers that the function gave back; None when the batch failed."""

    failed: list[str] | None
    result: dict[str, Any] = field(default_factory=dict)

    @property
    def throttled(self) -> bool:
        return bool(self.result.get("throttle"))


def call(esm: dict[str, Any], records: list[dict[str, Any]]) -> Answer:
    """Invoke the mapping's function with a batch, and understand what it says of the batch."""
    record, config, name = lambda_svc._get_func_record_for_ref(esm["FunctionArn"])
    if record is None or config is None:
        esm["LastProcessingResult"] = f"PROBLEM: Function not found: {name}"
        return Answer(None)
    record = lambda_svc._execution_record_for_config(record, config)
    result = lambda_svc._execute_function_with_config_scope(record, {"Records": records})
    if result.get("throttle"):
        esm["LastProcessingResult"] = "PROBLEM: Function call throttled"
        return Answer(None, result)
    if result.get("error"):
        esm["LastProcessingResult"] = "PROBLEM: Function call failed"
        return Answer(None, result)
    if "ReportBatchItemFailures" in (esm.get("FunctionResponseTypes") or []):
        answer = Answer(failures(result.get("body")), result)
    else:
        answer = Answer([], result)
    esm["LastProcessingResult"] = "OK" if answer.failed == [] else "PROBLEM: Function call failed"
    return answer


def failures(body: Any) -> list[str] | None:
    """AWS's reading of `batchItemFailures`: anything malformed fails the batch as a whole.

    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html"""
    if body is None or body == {} or body == "":
        return []
    items = body.get("batchItemFailures", []) if isinstance(body, dict) else "malformed"
    if items is None:
        return []
    if not isinstance(items, list):
        return None
    found = [item.get("itemIdentifier") if isinstance(item, dict) else None for item in items]
    return None if not all(isinstance(i, str) and i for i in found) else [str(i) for i in found]


def matches(esm: dict[str, Any], record: dict[str, Any]) -> bool:
    """Whether one of the mapping's filters lets the record through."""
    filters = (esm.get("FilterCriteria") or {}).get("Filters") or []
    if not filters:
        return True
    document = _as_filtered(record)
    return any(_matches(document, each["Pattern"]) for each in filters)


def _matches(document: dict[str, Any], pattern: str) -> bool:
    alternatives = eventbridge._compiled_pattern(pattern) or []
    return any(eventbridge._matches_detail(document, each) for each in alternatives)


def _as_filtered(record: dict[str, Any]) -> dict[str, Any]:
    """Filters look into a body, or into `data`, when it is JSON."""
    if isinstance(record.get("kinesis"), dict):
        return lambda_svc._kinesis_record_for_match(record)  # type: ignore[no-any-return]
    if isinstance(record.get("body"), str):
        try:
            return {**record, "body": json.loads(record["body"])}
        except ValueError:
            return record
    return record
