"""The prediction record: one JSON line an instance, one row in the lake, one answer to `why`."""

from typing import Any

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

_HIVE = {"float": "double", "int": "double", "boolean": "double", "category": "string"}


def glue_columns(columns: list[tuple[str, str, bool]]) -> dict[str, str]:
    """Name -> Hive type of a record's columns; `columns`: (name, contract type, personal)."""
    own = {name: "string" if personal else _HIVE[type_] for name, type_, personal in columns}
    return RECORD_FIELDS | own


def build(
    fields: dict[str, Any],
    inputs: dict[str, Any],
    metrics: dict[str, float] | None = None,
    *,
    alias: str = "live",
    time_ms: int = 0,
) -> dict[str, Any]:
    """A record; with `metrics` it also carries them in CloudWatch's embedded metric format.

    `fields` must be among RECORD_FIELDS, `inputs` are contract columns (personal ones masked).
    One line for both, because a second line would be billed as a second record.
    """
    unknown = set(fields) - set(RECORD_FIELDS)
    if unknown:
        raise KeyError(f"not fields of the prediction record: {sorted(unknown)}")
    record = {**fields, **inputs}
    if metrics:
        record |= metrics | {"alias": alias}
        units = {"latency_ms": "Milliseconds"}
        record["_aws"] = {
            "Timestamp": time_ms,
            "CloudWatchMetrics": [
                {
                    "Namespace": "Penstock",
                    "Dimensions": [["usecase", "alias"]],
                    "Metrics": [{"Name": m, "Unit": units.get(m, "Count")} for m in metrics],
                }
            ],
        }
    return record
