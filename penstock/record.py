"""The prediction record: one JSON line an instance, one row in the lake, one answer to `why`."""

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

_to_json = json.JSONEncoder(separators=(",", ":")).encode

# Fields of the record beside the contract's columns, with their Glue (Hive) types.
RECORD_FIELDS: dict[str, str] = {
    "prediction_id": "string",
    "prediction_time": "string",
    "usecase": "string",
    "environment": "string",
    "function_version": "string",
    "model_package": "string",
    "dataset_version": "string",
    "row_id": "string",
    "score": "double",
    "label": "string",
    "latency_ms": "double",
    "refused": "boolean",
    "reason": "string",
}

_HIVE = {
    "float": "double",
    "int": "double",
    "boolean": "double",
    "category": "string",
    "text": "string",
}
LENGTH_AT = 34  # in what is recorded of a person's text: where its length begins, from 1


def glue_columns(columns: list[tuple[str, str, bool]]) -> dict[str, str]:
    """Name -> Hive type of a record's columns; `columns`: (name, contract type, personal)."""
    own = {name: "string" if personal else _HIVE[type_] for name, type_, personal in columns}
    return RECORD_FIELDS | own


def is_captured(prediction_id: str, rate: float) -> bool:
    """By the id's own chance, so that a record's fate needs no second one."""
    return rate >= 1 or int(prediction_id[-8:], 16) < rate * 2**32


def masked(value: Any, key: bytes) -> str:
    """What a record holds of a person's value: the same for the same value, and no way back."""
    return hmac.new(key, str(value).encode(), hashlib.sha256).hexdigest()[:32]


def masked_text(value: str, key: bytes) -> str:
    """Of a person's text its mask and, after a dot, its characters: drift is seen by them."""
    return f"{masked(value, key)}.{len(value)}"


def mask(type_: str) -> Callable[[Any, bytes], str]:
    """How a person's value of a contract type is recorded."""
    return masked_text if type_ == "text" else masked


class Writer:
    """Records as JSON lines; `fields`, which all of them share, are encoded once."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        if unknown := fields.keys() - RECORD_FIELDS.keys():
            raise KeyError(f"not fields of the prediction record: {sorted(unknown)}")
        self._head = _to_json(fields)[:-1]

    def line(
        self,
        fields: dict[str, Any],
        inputs: dict[str, Any],
        metrics: dict[str, float] | None = None,
        *,
        alias: str = "live",
        time_ms: int = 0,
    ) -> str:
        """A record; with `metrics` it also carries them in CloudWatch's embedded metric format.

        `fields` are others of RECORD_FIELDS, `inputs` contract columns (personal ones masked).
        One line for both, because a second line would be billed as a second record.
        """
        if not metrics:
            return f"{self._head},{_to_json({**fields, **inputs})[1:]}"
        body = _to_json({**fields, **inputs, **metrics, "alias": alias})[1:-1]
        return f'{self._head},{body},"_aws":{{"Timestamp":{time_ms},{_directive(*metrics)}}}}}'


@cache
def _directive(*names: str) -> str:
    """What the embedded metric format says of the metrics, without its braces."""
    units = {"latency_ms": "Milliseconds"}
    metrics = [{"Name": name, "Unit": units.get(name, "Count")} for name in names]
    directive = {
        "Namespace": "Penstock",
        "Dimensions": [["usecase", "alias"]],
        "Metrics": metrics,
    }
    return _to_json({"CloudWatchMetrics": [directive]})[1:-1]
