"""A request's way: what is answered, what is refused and how, what is recorded."""

import base64
import hashlib
import hmac
import json
import math
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from functions.predict import answer
from functions.predict.capture import Capture, new_ids
from functions.predict.predictor import Predictor
from penstock import packed
from penstock.contract import Column, Columns, Contract, TargetRule
from penstock.errors import PenstockError
from penstock.record import RECORD_FIELDS

CONTRACT = Contract(
    usecase="triage",
    row_id="patient",
    columns=(
        Column("radius", "float", 0.0, 100.0),
        Column("count", "int", nullable=True),
        Column("site", "category", values=("left", "right"), nullable=True),
        Column("smoker", "boolean"),
        Column("phone", "category", values=("555-1", "555-2"), nullable=True, personal=True),
    ),
    target=TargetRule("diagnosis", "M", "B"),
    threshold=0.5,
)
GOOD = {"radius": 20.0, "count": 3, "site": "left", "smoker": True, "phone": "555-1"}
MODEL = {"model_package": "arn:package/7", "dataset_version": "d1"}
KEY = b"0123456789abcdef"


class FakeScorer:
    """A score that depends on every kind of column, so that a mixed-up row shows."""

    contract = CONTRACT

    def score(self, columns: Columns) -> npt.NDArray[np.float64]:
        left = (columns["site"] == "left").astype(float)
        count = np.nan_to_num(columns["count"], nan=9.0)
        return columns["radius"] / 200 + left * 0.2 + count / 1000 + columns["smoker"] * 0.1

    def label(self, score: float) -> str:
        return "M" if score >= CONTRACT.threshold else "B"


class Predict:
    """A predictor whose printed lines are kept."""

    def __init__(self, rate: float = 1.0, key: bytes | None = KEY) -> None:
        self.printed: list[str] = []
        capture = Capture(CONTRACT, "dev", rate, MODEL, key)
        scorer: Any = FakeScorer()
        self.predictor = Predictor(scorer, capture, MODEL, self.printed.append)

    def __call__(self, event: Any, qualifier: str = "live") -> dict[str, Any]:
        arn = "arn:aws:lambda:us-east-1:123456789012:function:predict"
        named = f"{arn}:{qualifier}" if qualifier else arn
        context = SimpleNamespace(invoked_function_arn=named, function_version="7")
        return self.predictor.answer(event, context)

    @property
    def records(self) -> list[dict[str, Any]]:
        return [json.loads(line) for text in self.printed for line in text.splitlines()]


def rows(n: int) -> list[dict[str, Any]]:
    sites = ("left", "right", None)
    return [
        GOOD | {"radius": float(i % 101), "site": sites[i % 3], "count": None if i % 4 else i}
        for i in range(n)
    ]


def outcomes(said: dict[str, Any]) -> list[tuple[float, str]]:
    return [(p["score"], p["label"]) for p in said["predictions"]]


def test_an_answer_names_scores_labels_and_the_model_behind_them() -> None:
    said = Predict()({"instances": [GOOD | {"patient": "p1"}]})
    (prediction,) = said["predictions"]
    assert prediction["score"] == pytest.approx(0.403)
    assert prediction["label"] == "B"
    assert said["model"] == {"version": "7", **MODEL}


def test_a_batch_and_its_rows_one_by_one_and_its_columns_answer_the_same() -> None:
    predict, batch = Predict(), rows(97)
    whole = outcomes(predict({"instances": batch}))
    assert whole == [outcomes(predict({"instances": [row]}))[0] for row in batch]
    columns = {name: [row[name] for row in batch] for name in GOOD}
    assert whole == outcomes(predict({"columns": columns}))


@pytest.mark.parametrize(
    ("event", "field", "row"),
    [
        ({}, "", None),
        ([], "", None),
        ({"instances": [GOOD], "columns": {}}, "", None),
        ({"instances": [GOOD], "threshold": 0.1}, "", None),
        ({"instances": GOOD}, "instances", None),
        ({"instances": []}, "instances", None),
        ({"instances": ["x"]}, "", 0),
        ({"instances": [GOOD, GOOD | {"radius": "20"}]}, "radius", 1),
        ({"instances": [GOOD | {"radius": 101}]}, "radius", 0),
        ({"instances": [GOOD | {"radius": math.nan}]}, "radius", 0),
        ({"instances": [GOOD | {"radius": math.inf}]}, "radius", 0),
        ({"instances": [GOOD | {"radius": None}]}, "radius", 0),
        ({"instances": [GOOD | {"radius": 10**400}]}, "radius", 0),
        ({"instances": [GOOD | {"count": 1.5}]}, "count", 0),
        ({"instances": [GOOD | {"site": "up"}]}, "site", 0),
        ({"instances": [GOOD | {"smoker": 1}]}, "smoker", 0),
        ({"instances": [GOOD | {"colour": "red"}]}, "colour", 0),
        ({"instances": [GOOD | {"patient": {"id": 1}}]}, "patient", 0),
        ({"instances": [GOOD | {"patient": True}]}, "patient", 0),
        ({"columns": [GOOD]}, "columns", None),
        ({"columns": {}}, "columns", None),
        ({"columns": {"radius": [1.0], "smoker": [True, False]}}, "columns", None),
        ({"columns": {"radius": 1.0}}, "radius", None),
    ],
)
def test_a_wrong_request_is_refused_with_field_and_row(
    event: Any, field: str, row: int | None
) -> None:
    predict = Predict()
    said = predict(event)
    assert said["error"]["status"] == 400
    violations = said["error"]["violations"]
    assert (field, row) in [(v["field"], v["row"]) for v in violations]
    assert all(v["expected"] and v["got"] for v in violations)
    (record,) = predict.records
    assert record["refused"] is True
    assert record["reason"].startswith("400 ")
    json.dumps(said, allow_nan=False)


def http(body: str | None, **more: Any) -> dict[str, Any]:
    return {"requestContext": {"http": {"method": "POST"}}, "body": body} | more


def test_a_url_is_answered_with_status_headers_and_body() -> None:
    text = json.dumps({"instances": [GOOD]})
    encoded = base64.b64encode(text.encode()).decode()
    for event in (http(text), http(encoded, isBase64Encoded=True)):
        said = Predict()(event)
        assert said["statusCode"] == 200
        assert said["headers"] == {"content-type": "application/json"}
        assert len(json.loads(said["body"])["predictions"]) == 1


@pytest.mark.parametrize(
    "event",
    [
        http(None),
        http(""),
        http("{"),
        http("[" * 100_000),
        http("not base64", isBase64Encoded=True),
        http(base64.b64encode(b"\xff").decode(), isBase64Encoded=True),
    ],
)
def test_a_body_that_is_no_json_is_a_clear_400(event: dict[str, Any]) -> None:
    said = Predict()(event)
    assert said["statusCode"] == 400
    (violation,) = json.loads(said["body"])["error"]["violations"]
    assert (violation["field"], violation["expected"]) == ("body", "a JSON object")


def test_thousands_of_violations_are_counted_not_listed() -> None:
    said = Predict()({"instances": [GOOD | {"radius": -1}] * 5000})
    assert len(said["error"]["violations"]) == 100
    assert "5000 in all" in said["error"]["message"]


@pytest.mark.parametrize("http", [False, True])
def test_an_answer_that_lambda_would_not_carry_is_413(http: bool) -> None:
    """Of what leaves: a URL's body has its quotes escaped, so the two forms end elsewhere."""
    id_ = "20260101-" + "0" * 24

    def fits(n: int) -> bool:
        whole = answer.predictions([id_] * n, [0.125] * n, ["M"] * n, MODEL)
        said = answer.wrapped(answer.fitted(whole, http=http), http=http)
        size = len(json.dumps(said))
        if "error" in said or said.get("statusCode") == 413:
            assert f"{n} instances" in json.dumps(said)
            return False
        assert size <= 6 * 1024 * 1024
        return True

    assert fits(3)
    assert fits(60_000)
    assert not fits(95_000)
    assert fits(81_500) is not http


def test_the_record_is_one_flat_line_an_instance_and_metrics_ride_on_the_first() -> None:
    predict = Predict()
    said = predict({"instances": [GOOD | {"patient": 41}, GOOD | {"radius": 1}]})
    one, two = predict.records
    columns = {c.name for c in CONTRACT.columns}
    assert set(two) == set(RECORD_FIELDS) - {"reason"} | columns
    assert one["prediction_id"] == said["predictions"][0]["id"]
    assert (one["row_id"], two["row_id"]) == ("41", "")
    assert (one["radius"], one["count"], one["site"], one["smoker"]) == (20.0, 3.0, "left", 1.0)
    assert (one["score"], one["function_version"]) == (said["predictions"][0]["score"], "7")
    assert one["refused"] is False
    (emf,) = one["_aws"]["CloudWatchMetrics"]
    assert emf["Namespace"] == "Penstock"
    assert emf["Dimensions"] == [["usecase", "alias"]]
    assert [m["Name"] for m in emf["Metrics"]] == ["latency_ms"]  # each one more is billed
    assert (one["usecase"], one["alias"]) == ("triage", "live")
    assert "_aws" not in two


@pytest.mark.parametrize("now", [0.0, 1_700_000_000.0009, 1_700_000_000.9999, 1_772_323_199.5])
def test_a_records_time_is_iso_8601_to_the_millisecond(
    monkeypatch: pytest.MonkeyPatch, now: float
) -> None:
    predict = Predict()
    with monkeypatch.context() as patch:
        patch.setattr("functions.predict.capture.time.time", lambda: now)
        predict({"instances": [GOOD]})
    (record,) = predict.records
    told = datetime.fromtimestamp(now, UTC)
    assert record["prediction_time"] == told.isoformat(timespec="milliseconds")
    assert record["prediction_id"].startswith(told.strftime("%Y%m%d-"))
    assert record["_aws"]["Timestamp"] == int(now * 1000)


@pytest.mark.parametrize("name", ["Jane Doe" * 100_000, "\ud800"])
def test_an_unknown_fields_name_is_answered_in_short(name: str) -> None:
    for event in ({"instances": [GOOD | {name: 1}]}, {"columns": {name: [1]}}):
        said = Predict()(event)
        assert name[:80] in [v["field"] for v in said["error"]["violations"]]
        assert len(json.dumps(said)) < 2000


def test_missing_values_are_null_in_the_record() -> None:
    predict = Predict()
    predict({"instances": [{"radius": 1, "smoker": False}]})
    (record,) = predict.records
    assert [record[n] for n in ("count", "site", "phone")] == [None, None, None]


def test_a_person_is_masked_by_the_key_or_left_out() -> None:
    masked, dropped = Predict(), Predict(key=None)
    for predict in (masked, dropped):
        predict({"instances": [GOOD]})
        assert "555-1" not in "".join(predict.printed)
    expected = hmac.new(KEY, b"555-1", hashlib.sha256).hexdigest()[:32]
    assert masked.records[0]["phone"] == expected
    assert "phone" not in dropped.records[0]


@pytest.mark.parametrize(
    "bad", [GOOD | {"phone": "555-9876"}, GOOD | {"Jane Doe": 1}, GOOD | {"site": "Jane Doe"}]
)
def test_a_refusals_record_holds_nothing_of_what_was_sent(bad: dict[str, Any]) -> None:
    predict = Predict()
    predict({"instances": [bad]})
    (record,) = predict.records
    assert set(record) - {"alias", "_aws"} <= set(RECORD_FIELDS)
    for secret in ("555-9876", "Jane Doe"):
        assert secret not in json.dumps(record)
    assert record["refused"] is True


def test_a_share_is_captured_and_the_metrics_always_are() -> None:
    predict = Predict(rate=0.25)
    predict({"instances": [GOOD] * 4000})
    assert 850 < len(predict.records) < 1150
    none = Predict(rate=0.0)
    none({"instances": [GOOD] * 3})
    (line,) = none.records
    assert "_aws" in line
    assert "prediction_id" not in line
    assert not set(GOOD) & set(line)


@pytest.mark.parametrize("qualifier", ["7", "$LATEST", ""])
def test_what_is_not_asked_through_an_alias_is_no_traffic(qualifier: str) -> None:
    predict = Predict()
    assert "predictions" in predict({"instances": [GOOD]}, qualifier)
    assert "error" in predict({}, qualifier)
    assert predict.printed == []


def test_ids_begin_with_the_day_and_do_not_repeat() -> None:
    ids = new_ids(5000, 1_700_000_000.0) + new_ids(5000, 1_700_000_000.0)
    assert {i[:9] for i in ids} == {"20231114-"}
    assert len(set(ids)) == 10_000


def test_a_score_that_is_no_number_is_our_error_and_leaves_no_record() -> None:
    """Lambda counts it as this version's, which is how a canary with such a model is found."""
    predict = Predict()
    predict.predictor.scorer.score = lambda columns: np.array([0.5, np.nan])  # type: ignore[method-assign]
    with pytest.raises(PenstockError, match="no number"):
        predict({"instances": [GOOD, GOOD]})
    assert predict.printed == []


def packed_rows(table: list[dict[str, Any]]) -> dict[str, Any]:
    """As batch packs them."""
    made: dict[str, Any] = {}
    for column in CONTRACT.columns:
        values = [row[column.name] for row in table]
        if column.is_text:
            words = ["left", "right", "555-1"]
            made[column.name] = packed.texts(
                np.array([-1 if v is None else words.index(v) for v in values]), words
            )
        else:
            made[column.name] = packed.numbers(
                np.array([math.nan if v is None else float(v) for v in values])
            )
    return {"packed": made}


def test_a_version_that_is_asked_in_packed_columns_says_what_it_says_of_objects() -> None:
    predict = Predict()
    said = predict(packed_rows(rows(300)), "7")
    plain = predict({"instances": rows(300)}, "7")
    scores = packed.scores(said)
    assert scores.tolist() == [one["score"] for one in plain["predictions"]]
    below, above = said["labels"]
    assert [above if s >= said["threshold"] else below for s in scores] == [
        one["label"] for one in plain["predictions"]
    ]
    assert said["model"] == plain["model"]
    assert predict.printed == []


def test_callers_cannot_ask_in_packed_columns() -> None:
    """It has no record: not by the alias, and not over HTTP."""
    asked = packed_rows(rows(2))
    assert Predict()(asked, "live")["error"]["status"] == 400
    url = {"requestContext": {}, "body": json.dumps(asked)}
    for qualifier in ("live", "7"):
        assert Predict()(url, qualifier)["statusCode"] == 400


def test_packed_columns_that_break_the_contract_are_refused_by_name() -> None:
    table = rows(3)
    table[1]["radius"] = 500.0
    said = Predict()(packed_rows(table), "7")
    (wrong,) = said["error"]["violations"]
    assert (said["error"]["status"], wrong["row"], wrong["field"]) == (400, 1, "radius")
