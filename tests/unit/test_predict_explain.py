"""`"explain": true`: predictions carry their explanation, and never depend on it."""

import io
import json
import subprocess
import sys
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from jsonschema import Draft202012Validator
from test_predict import CONTRACT, GOOD, KEY, MODEL, FakeScorer, rows

from functions.predict import explain
from functions.predict.capture import Capture
from functions.predict.predictor import Predictor, _explain
from penstock import schema, spec_file
from penstock.explanation import MOST_ROWS

ROOT = Path(__file__).resolve().parents[2]
RELEASED = {
    "artifact_uri": "s3://models/m.tar.gz",
    "artifact_version_id": "v7",
    "artifact_sha256": "ab",
    "hmac_key": KEY.hex(),
}


class ExplainFunction:
    """Lambda's client, as far as predict knows it: it answers every instance, or fails as told."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.seconds: list[int] = []
        self.failure: Exception | None = None
        self.says: dict[str, Any] | None = None
        self.size = 1

    def client(self, seconds: int) -> "ExplainFunction":
        self.seconds.append(seconds)
        return self

    def invoke(self, FunctionName: str, Payload: bytes) -> dict[str, Any]:
        assert FunctionName == "the-explainer"
        self.asked.append(json.loads(Payload))
        if self.failure:
            raise self.failure
        if self.says is not None:
            return _payload(self.says) | {"FunctionError": "Unhandled"}
        made = [
            {
                "base_value": -1.0,
                "contributions": {"radius": 0.25, "x" * self.size: 0.0},
                "reasons": [
                    {"column": "radius", "value": 2.0, "contribution": 0.25, "text": "radius is 2"}
                ],
                "score": score,
            }
            for score in self.asked[-1]["scores"]
        ]
        return _payload({"explanations": made, "space": "log-odds"})


def _payload(said: Any) -> dict[str, Any]:
    return {"Payload": io.BytesIO(json.dumps(said).encode())}


class Predict:
    """A released predictor with `seconds` left for each request."""

    def __init__(self, seconds: float = 10.0, function: str = "the-explainer") -> None:
        self.printed: list[str] = []
        scorer: Any = FakeScorer()
        self.predictor = Predictor(
            scorer,
            Capture(CONTRACT, "dev", 1.0, MODEL, KEY),
            MODEL,
            self.printed.append,
            explain=partial(_explain, function, RELEASED),
        )
        self._left = lambda: int(seconds * 1000)

    def __call__(self, event: Any) -> dict[str, Any]:
        context = SimpleNamespace(
            invoked_function_arn="arn:aws:lambda:us-east-1:123456789012:function:predict:live",
            function_version="7",
            get_remaining_time_in_millis=self._left,
        )
        return self.predictor.answer(event, context)


@pytest.fixture
def function(monkeypatch: pytest.MonkeyPatch) -> ExplainFunction:
    made = ExplainFunction()
    monkeypatch.setattr(explain, "_session", lambda: None)
    monkeypatch.setattr(explain, "_client", made.client)
    return made


def plain(said: dict[str, Any]) -> list[tuple[float, str]]:
    return [(p["score"], p["label"]) for p in said["predictions"]]


def test_each_prediction_is_explained_by_the_model_that_made_it(function: ExplainFunction) -> None:
    said = Predict()({"instances": rows(3), "explain": True})
    (asked,) = function.asked
    assert asked["model"] == {k: v for k, v in RELEASED.items() if k != "hmac_key"}
    assert asked["scores"] == [p["score"] for p in said["predictions"]]
    assert asked["instances"] == rows(3)
    for prediction in said["predictions"]:
        assert set(prediction["explanation"]) == {"base_value", "contributions", "reasons"}
        assert "explanation_error" not in prediction


def test_columns_are_explained_as_their_rows_are(function: ExplainFunction) -> None:
    batch = rows(4)
    columns = {name: [row[name] for row in batch] for name in GOOD}
    Predict()({"columns": columns, "explain": True})
    Predict()({"instances": batch, "explain": True})
    assert function.asked[0] == function.asked[1]


def test_the_url_is_explained_too(function: ExplainFunction) -> None:
    body = json.dumps({"instances": [GOOD], "explain": True})
    said = Predict()({"requestContext": {}, "body": body})
    assert json.loads(said["body"])["predictions"][0]["explanation"]["base_value"] == -1.0


def test_whoever_asks_for_none_gets_none_and_nobody_is_asked(function: ExplainFunction) -> None:
    for event in ({"instances": [GOOD]}, {"instances": [GOOD], "explain": False}):
        (prediction,) = Predict()(event)["predictions"]
        assert set(prediction) == {"id", "score", "label"}
    assert function.asked == []


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (ReadTimeoutError(endpoint_url="x"), "did not answer (ReadTimeoutError)"),
        (ClientError({"Error": {"Code": "AccessDenied"}}, "Invoke"), "did not answer"),
        ({"errorType": "NotAdditive", "errorMessage": "row 0: no"}, "failed: NotAdditive row 0"),
        ({"errorMessage": "Task timed out"}, "failed: Task timed out"),
        ({}, "failed"),
    ],
)
def test_a_prediction_is_not_lost_when_its_explanation_is(
    function: ExplainFunction, failure: Any, words: str
) -> None:
    if isinstance(failure, Exception):
        function.failure = failure
    else:
        function.says = failure
    predict = Predict()
    said = predict({"instances": rows(2), "explain": True})
    assert plain(said) == plain(Predict()({"instances": rows(2)}))
    for prediction in said["predictions"]:
        assert prediction["explanation"] is None
        assert words in prediction["explanation_error"]
    (printed,) = predict.printed
    assert len(printed.splitlines()) == 2
    assert '"refused":false' in printed


def test_it_waits_no_longer_than_the_request_may_last(function: ExplainFunction) -> None:
    Predict(seconds=9.9)({"instances": [GOOD], "explain": True})
    (late,) = Predict(seconds=1.5)({"instances": [GOOD], "explain": True})["predictions"]
    assert function.seconds == [7]
    assert "no time left" in late["explanation_error"]


def test_the_time_that_is_left_is_looked_at_after_the_client_was_made(
    function: ExplainFunction, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Importing boto3 may take a slow machine most of the request's time."""
    left = [9.0]
    predict = Predict()
    predict._left = lambda: int(left[0] * 1000)

    def session() -> None:
        left[0] = 4.0

    monkeypatch.setattr(explain, "_session", session)
    predict({"instances": [GOOD], "explain": True})
    assert function.seconds == [2]


def test_the_client_asks_once_and_gives_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """What AWS's client repeats, or waits a minute for, takes the prediction with it."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    explain._session.cache_clear()
    config = explain._client(3).meta.config
    assert (config.connect_timeout, config.read_timeout) == (1, 3)
    assert config.retries["total_max_attempts"] == 1
    assert explain._client(3) is explain._client(3)


def test_where_nothing_explains_it_says_so(function: ExplainFunction) -> None:
    (said,) = Predict(function="")({"instances": [GOOD], "explain": True})["predictions"]
    assert said["explanation"] is None
    assert "penstock why" in said["explanation_error"]


def test_explanations_that_lambda_would_not_carry_are_left_out(function: ExplainFunction) -> None:
    function.size = 1_000_000
    said = Predict()({"instances": rows(10), "explain": True})
    assert all("larger than" in p["explanation_error"] for p in said["predictions"])
    assert len(json.dumps(said)) < 6_000_000


@pytest.mark.parametrize(
    ("event", "field", "expected"),
    [
        ({"instances": [GOOD], "explain": "yes"}, "explain", "true or false"),
        ({"instances": [GOOD], "explain": 1}, "explain", "true or false"),
        ({"instances": [GOOD], "explain": None}, "explain", "true or false"),
        ({"explain": True}, "", "either instances or columns"),
        ({"instances": [GOOD], "columns": {}, "explain": True}, "", "either instances or columns"),
        ({"instances": [GOOD], "explain": True, "top": 3}, "", "explain alone"),
        (
            {"instances": [GOOD] * (MOST_ROWS + 1), "explain": True},
            "explain",
            f"at most {MOST_ROWS} instances",
        ),
        (
            {"columns": {k: [v] * (MOST_ROWS + 1) for k, v in GOOD.items()}, "explain": True},
            "explain",
            f"at most {MOST_ROWS} instances",
        ),
    ],
)
def test_a_wrong_wish_is_refused_before_anyone_is_asked(
    function: ExplainFunction, event: Any, field: str, expected: str
) -> None:
    said = Predict()(event)
    assert said["error"]["status"] == 400
    (violation,) = said["error"]["violations"]
    assert violation["field"] == field
    assert expected in violation["expected"]
    assert function.asked == []


def test_many_rows_may_be_asked_without_it(function: ExplainFunction) -> None:
    event = {"instances": [GOOD] * (MOST_ROWS + 1), "explain": False}
    assert len(Predict()(event)["predictions"]) == MOST_ROWS + 1


def test_the_published_answer_knows_the_explanation(function: ExplainFunction) -> None:
    usecase = spec_file.load(ROOT / "usecases" / "triage" / "usecase.yaml")
    valid = Draft202012Validator(schema.answer(usecase)).is_valid
    said = Predict()({"instances": [GOOD], "explain": True})
    names = usecase.target
    said["predictions"][0]["label"] = names.positive
    assert valid(said)
    del said["predictions"][0]["explanation"]["reasons"]
    assert not valid(said)
    function.says = {}
    said = Predict()({"instances": [GOOD], "explain": True})
    said["predictions"][0]["label"] = names.positive
    assert valid(said)


SCRIPT = """
import json, sys
from test_predict import GOOD, Predict
Predict()({"instances": [GOOD]})
print(json.dumps(sorted(m for m in sys.modules if m.startswith(("boto", "functions.predict")))))
"""


def test_a_request_without_it_loads_nothing_for_it() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=ROOT / "tests" / "unit",
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = json.loads(done.stdout)
    assert "functions.predict.predictor" in loaded
    assert "functions.predict.explain" not in loaded
    assert not [name for name in loaded if name.startswith("boto")]
