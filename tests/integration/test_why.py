"""`penstock why` finds a record wherever it is, and says whether its score comes again."""

import io
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import polars as pl
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from cli import main, why
from cli.stack import Stack

LAKE = "the-lake"
DAY = "2026/11/20"
ID = "20261120-0123456789abcdef01234567"
PACKAGE = "arn:aws:sagemaker:us-east-1:123456789012:model-package/p/3"
ARTIFACT = {"artifact_uri": "s3://m/k", "artifact_version_id": "v", "artifact_sha256": "00"}
INPUTS: dict[str, Any] = {
    "gender": "4be1", "senior_citizen": "77a0", "partner": "9c", "dependents": "9d",
    "tenure": 3.0, "phone_service": "Yes", "multiple_lines": "No", "internet_service": "DSL",
    "online_security": "No", "online_backup": "No", "device_protection": "No",
    "tech_support": "No", "streaming_tv": "No", "streaming_movies": "No",
    "contract": "Month-to-month", "paperless_billing": "Yes",
    "payment_method": "Electronic check", "monthly_charges": 70.5, "total_charges": None,
}  # fmt: skip
PERSONAL = {"gender": "Female", "senior_citizen": False, "partner": "No", "dependents": "No"}


def record(id_: str = ID, **changes: Any) -> dict[str, Any]:
    made = {
        "prediction_id": id_, "prediction_time": "2026-11-20T09:00:00.000+00:00",
        "usecase": "churn", "environment": "dev", "function_version": "3",
        "model_package": PACKAGE, "dataset_version": "aa11", "row_id": "C-7",
        "score": 0.62, "label": "Yes", "latency_ms": 1.5, "refused": False,
    }  # fmt: skip
    return made | INPUTS | changes


@dataclass
class Cloud:
    """A target whose lake is moto's; the log, the registry and the explain function are told."""

    where: str = "the test"
    printed: list[dict[str, Any]] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    score: float = 0.62
    failure: str | None = None

    def client(self, service: str, **_: Any) -> Any:
        return boto3.client("s3", region_name="us-east-1") if service == "s3" else self

    def get_paginator(self, operation: str) -> "Cloud":
        assert operation == "filter_log_events"
        return self

    def paginate(self, filterPattern: str, **_: Any) -> Iterator[dict[str, Any]]:
        wanted = [p for p in self.printed if f'"{p["prediction_id"]}"' in filterPattern]
        yield {"events": []}
        yield {"events": [{"message": json.dumps(p | {"alias": "live"})} for p in wanted]}

    def describe_model_package(self, ModelPackageName: str) -> dict[str, Any]:
        if ModelPackageName != PACKAGE:
            raise ClientError({"Error": {"Code": "ValidationException"}}, "DescribeModelPackage")
        return {"CustomerMetadataProperties": ARTIFACT | {"model_sha256": "11"}}

    def invoke(self, FunctionName: str, Payload: bytes) -> dict[str, Any]:
        assert FunctionName == "explainer"
        self.asked.append(json.loads(Payload))
        if self.failure:
            said: Any = {"errorMessage": self.failure, "errorType": "X"}
            return {"FunctionError": "Unhandled", "Payload": io.BytesIO(json.dumps(said).encode())}
        one = {
            "base_value": -1.0,
            "contributions": {"tenure": 1.4, "contract": -0.3, "monthly_charges": 0.1},
            "reasons": [{"text": "tenure (how long) is 3 months: raises the score by 1.4"}],
            "score": self.score,
        }
        said = {"explanations": [one], "space": "log-odds"}
        return {"Payload": io.BytesIO(json.dumps(said).encode())}


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    outputs = {name: name for name in Stack.__dataclass_fields__}
    stack = Stack(**outputs | {"lake_bucket": LAKE, "explain_function_name": "explainer"})
    made = Cloud()
    monkeypatch.setattr(why, "resolve", lambda aws: made)
    monkeypatch.setattr(Stack, "of", lambda *_: stack)
    with mock_aws():
        boto3.client("s3", region_name="us-east-1").create_bucket(Bucket=LAKE)
        yield made


@pytest.fixture
def personal(tmp_path: Path) -> Path:
    path = tmp_path / "personal.json"
    path.write_text(json.dumps(PERSONAL))
    return path


def deliver(hour: str, *records: dict[str, Any], body: bytes | None = None) -> None:
    if body is None:
        file = io.BytesIO()
        pl.DataFrame(records).write_parquet(file)
        body = file.getvalue()
    client = boto3.client("s3", region_name="us-east-1")
    client.put_object(Bucket=LAKE, Key=f"predictions/churn/{hour}/{len(body)}.parquet", Body=body)


def ask(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: Any
) -> tuple[int, str, str]:
    """Exit code, what was shown, and the line of an error."""
    monkeypatch.setattr(sys, "argv", ["penstock", "why", "churn", *map(str, words)])
    monkeypatch.setenv("COLUMNS", "150")
    code = main.run()
    shown = capsys.readouterr()
    return code, shown.out, shown.err


@pytest.mark.parametrize("hour", [f"{DAY}/09", f"{DAY}/23", "2026/11/21/00", "2026/11/22/05"])
def test_a_record_is_found_when_it_arrived_late_and_is_explained(
    cloud: Cloud, personal: Path, monkeypatch: Any, capsys: Any, hour: str
) -> None:
    others = [record(f"20261120-{i:024x}", score=0.1) for i in range(5)]
    deliver(f"{DAY}/08", *others)
    deliver(f"{DAY}/08", body=b"no parquet at all")
    deliver(hour, *others, record())
    code, shown, error = ask(monkeypatch, capsys, ID, "--personal", personal)
    assert (code, error) == (0, "")
    for words in (ID, PACKAGE, "aa11", "C-7", "0.620000, churn Yes", "3 months", "reproduced",
                  "tenure", "+1.4000", "(base)", "-1.0000", "+0.2000"):  # fmt: skip
        assert words in shown
    (asked,) = cloud.asked
    assert asked["model"] == ARTIFACT
    assert asked["instances"] == [INPUTS | PERSONAL]
    assert "Female" not in shown
    assert "4be1" not in shown


def test_a_record_that_is_not_delivered_yet_is_in_the_log(
    cloud: Cloud, personal: Path, monkeypatch: Any, capsys: Any
) -> None:
    cloud.printed = [record()]
    code, shown, _ = ask(monkeypatch, capsys, ID, "--personal", personal)
    assert code == 0
    assert "reproduced" in shown


def test_a_score_that_does_not_come_again_is_said_loudly(
    cloud: Cloud, personal: Path, monkeypatch: Any, capsys: Any
) -> None:
    cloud.printed, cloud.score = [record()], 0.6201
    code, shown, _ = ask(monkeypatch, capsys, ID, "--personal", personal)
    assert code == 1
    assert "NOT REPRODUCED" in shown


def test_masked_columns_are_named_and_nothing_is_made_up(
    cloud: Cloud, monkeypatch: Any, capsys: Any
) -> None:
    cloud.printed = [record(partner=None)]
    code, _, error = ask(monkeypatch, capsys, ID)
    assert code == 1
    assert "masks gender, senior_citizen, dependents (personal data)" in error
    assert "customer_id C-7" in error
    assert cloud.asked == []


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("{", "is not JSON"),
        ("[]", "holds no JSON object"),
        ('{"tenure": 3}', "tenure are not masked columns"),
        (None, "cannot read"),
    ],
)
def test_a_wrong_file_of_personal_values_is_refused(
    cloud: Cloud, tmp_path: Path, monkeypatch: Any, capsys: Any, given: str | None, words: str
) -> None:
    cloud.printed, path = [record()], tmp_path / "given.json"
    if given is not None:
        path.write_text(given)
    code, _, error = ask(monkeypatch, capsys, ID, "--personal", path)
    assert code == 1
    assert words in error


@pytest.mark.parametrize(
    "id_", ["20261120-ffffffffffffffffffffffff", "nonsense", "20261399-0123456789abcdef01234567"]
)
def test_an_unknown_id_is_one_line(cloud: Cloud, monkeypatch: Any, capsys: Any, id_: str) -> None:
    deliver(f"{DAY}/09", record())
    code, shown, error = ask(monkeypatch, capsys, id_)
    assert (code, shown) == (1, "")
    assert error.count("\n") == 1
    assert id_ in error


def test_a_refused_request_says_why_it_was(cloud: Cloud, monkeypatch: Any, capsys: Any) -> None:
    cloud.printed = [record(refused=True, reason="400 tenure: expected a whole number")]
    code, _, error = ask(monkeypatch, capsys, ID)
    assert code == 1
    assert "400 tenure" in error
    assert cloud.asked == []


def test_what_the_explain_function_refuses_is_passed_on(
    cloud: Cloud, personal: Path, monkeypatch: Any, capsys: Any
) -> None:
    cloud.printed, cloud.failure = [record()], "features.py has sha256 123"
    code, _, error = ask(monkeypatch, capsys, ID, "--personal", personal)
    assert code == 1
    assert "features.py has sha256 123" in error


def test_another_program_reads_json(
    cloud: Cloud, personal: Path, monkeypatch: Any, capsys: Any
) -> None:
    cloud.printed = [record()]
    code, shown, _ = ask(monkeypatch, capsys, ID, "--personal", personal, "--json")
    said = json.loads(shown)
    assert code == 0
    assert said["reproduced"] is True
    assert said["record"]["prediction_id"] == ID
    assert said["contributions"]["tenure"] == 1.4
