"""A batch job without its state machine: the steps in their order, who scores in this process."""

import base64
import json
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import functions_world as world
import pytest

from functions.batch import handler as batch
from functions.batch import store
from functions.explain.scores import scores
from functions.predict.predictor import Predictor
from functions.predict.settings import Settings
from functions.shared import usecase
from penstock import artifact
from penstock.errors import PenstockError

PACKAGE = "arn:aws:sagemaker:us-east-1:000000000000:model-package/loans/7"
SETTINGS = {
    "PREDICT_FUNCTION": "predict",
    "PREDICT_TIMEOUT_SECONDS": "10",
    "ROWS_PER_PART": "1000",
    "OUTPUT": "parquet",
    "EXPLAIN_FUNCTION": "explain",
}
ARTIFACT = dict.fromkeys(artifact.NAMED, "the champion's")


class Gone(Exception):
    """Lambda's ResourceNotFoundException."""


class Functions:
    """Lambda's client as far as batch speaks to it: versions of predict, and explain.

    The native model is the graph itself, and `off` by so much.
    """

    def __init__(self, folder: Path, key: str | None = None) -> None:
        self.exceptions = SimpleNamespace(ResourceNotFoundException=Gone)
        model = artifact.unpack(world.make_artifact(folder / "artifact"), folder / "model")
        said = {"model_package_arn": PACKAGE, "dataset_version": "d1"}
        said |= {"hmac_key": key} if key else {}
        (model / "release.json").write_text(json.dumps(said))
        settings = Settings("loans", "dev", usecase.load().features_sha256, 1.0, "")
        self.printed: list[str] = []
        self.predictor = Predictor.load(model, settings)
        object.__setattr__(self.predictor, "write", self.printed.append)
        self.failing: list[str] = []  # what the next invocations end as, instead of an answer
        self.asked: dict[str, list[int]] = {"predict": [], "explain": []}
        self.off = 0.0

    def invoke(self, FunctionName: str, Payload: bytes, Qualifier: str = "") -> dict[str, Any]:
        if self.failing:
            return _failed(self.failing.pop(0), "no more")
        request = json.loads(Payload)
        first = next(iter(request["packed"].values()))
        self.asked[FunctionName].append(len(base64.b64decode(first)) // 8)
        try:
            said = self._predict(request, Qualifier) if Qualifier else self._explain(request)
        except PenstockError as error:
            return _failed(type(error).__name__, str(error))
        return {"Payload": BytesIO(json.dumps(said).encode())}

    def _predict(self, request: Any, version: str) -> Any:
        if version != "3":
            raise Gone
        arn = f"arn:aws:lambda:us-east-1:000000000000:function:predict:{version}"
        context = SimpleNamespace(invoked_function_arn=arn, function_version=version)
        return self.predictor.answer(request, context)

    def _explain(self, request: Any) -> Any:
        assert request["model"] == ARTIFACT
        scorer = self.predictor.scorer
        native = SimpleNamespace(
            contract=scorer.contract, scores=lambda columns: scorer.score(columns) + self.off
        )
        return scores(request, lambda *_: native)


def _failed(kind: str, message: str) -> dict[str, Any]:
    said = {"errorType": kind, "errorMessage": message}
    return {"FunctionError": "Unhandled", "Payload": BytesIO(json.dumps(said).encode())}


def build(monkeypatch: pytest.MonkeyPatch, folder: Path, **changes: Any) -> Functions:
    """Inside `mock_aws`: the use case, its champion (version 3), and what answers as it."""
    world.build_aws(monkeypatch, world.write_usecase(folder / "usecase", **changes), **SETTINGS)
    world.put_row(
        "champion#loans",
        "current",
        version="3",
        model_package_arn=PACKAGE,
        dataset_version="d1",
        **ARTIFACT,
    )
    key = "ab" * 32
    world.put_row("key#loans", "hmac", hmac_key=key)
    functions = Functions(folder, key)
    monkeypatch.setattr(store, "_lambda", lambda _timeout: functions)
    return functions


def put(name: str, body: bytes) -> str:
    """An input file; its URI."""
    boto3.client("s3").put_object(Bucket=world.LAKE, Key=f"batch/loans/in/{name}", Body=body)
    return f"s3://{world.LAKE}/batch/loans/in/{name}"


def step(name: str, **event: Any) -> Any:
    """As a state calls it: by way of JSON."""
    sent = json.loads(json.dumps({"step": name, **event}))
    return json.loads(json.dumps(batch.handler(sent, world.CONTEXT)))


def plan(uri: str) -> Any:
    return step("plan", request={"input": uri})


def parts(planned: Any) -> list[Any]:
    found = world.read_json(world.LAKE, planned["manifest"])
    assert isinstance(found, list)
    return found


def score(planned: Any, some: Iterable[Any]) -> list[Any]:
    return [step("score", job=planned["job"], part=part) for part in some]


def finish(planned: Any, done: list[Any]) -> Any:
    """What the map run's ResultWriter leaves, and the last step."""
    where = f"{planned['results']}/run"
    files = [{"Key": f"{where}/SUCCEEDED_0.json", "Size": 1}]
    s3 = boto3.client("s3")
    s3.put_object(Bucket=world.LAKE, Key=files[0]["Key"], Body=json.dumps(done).encode())
    manifest = {"ResultFiles": {"FAILED": [], "PENDING": [], "SUCCEEDED": files}}
    key = f"{where}/manifest.json"
    s3.put_object(Bucket=world.LAKE, Key=key, Body=json.dumps(manifest).encode())
    details = {"Bucket": world.LAKE, "Key": key} if planned["action"] == "score" else None
    return step("finish", plan=planned, results=details, started="2026-11-21T12:00:00.000Z")


def run(uri: str) -> Any:
    """The report of a whole job."""
    planned = plan(uri)
    return finish(planned, score(planned, parts(planned)))
