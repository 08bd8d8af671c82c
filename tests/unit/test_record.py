"""The prediction record: known fields only, and metrics in CloudWatch's embedded format."""

import json

import pytest

from penstock import record


def test_a_record_carries_its_metrics_in_the_same_line() -> None:
    text = record.Writer({"usecase": "demo"}).line(
        {"prediction_id": "x"},
        {"age": 4.0},
        {"latency_ms": 1.5, "predictions": 1.0},
        time_ms=1_700_000_000_000,
    )
    line = json.loads(text)
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert directive["Dimensions"] == [["usecase", "alias"]]
    for name in [*directive["Dimensions"][0], *(m["Name"] for m in directive["Metrics"])]:
        assert name in line
    assert line["age"] == 4.0


def test_an_unknown_field_is_an_error() -> None:
    with pytest.raises(KeyError, match="predicton_id"):
        record.Writer({"predicton_id": "x"})


def test_personal_columns_are_text_in_the_lake_whatever_their_type() -> None:
    columns = record.glue_columns([("age", "int", True), ("plan", "category", False)])
    assert columns["age"] == "string"
    assert columns["plan"] == "string"
    assert columns["score"] == "double"
