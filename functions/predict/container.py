"""predict in a SageMaker endpoint's container: the same Predictor, asked over HTTP."""

import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any, Self

from functions.predict import request
from functions.predict.answer import Answer
from functions.predict.predictor import Invocation, Predictor
from functions.predict.settings import Settings
from penstock.events import ALIAS

_compact = json.JSONEncoder(separators=(",", ":")).encode


@dataclass(frozen=True)
class Response:
    """A WSGI application, which is what the toolkit (Flask) returns with its status.

    Whatever a script raises it makes a 500; so a refusal has to be returned.
    """

    status: int
    body: bytes

    def __call__(
        self, environ: Mapping[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        head = [("Content-Type", "application/json"), ("Content-Length", str(len(self.body)))]
        start_response(f"{self.status} {HTTPStatus(self.status).phrase}", head)
        return [self.body]


@dataclass(frozen=True)
class Container:
    """One worker of the endpoint. The SageMaker model's name is the version that answers."""

    predictor: Predictor
    by: Invocation

    @classmethod
    def load(cls, model_dir: Path, environ: Mapping[str, str] = os.environ) -> Self:
        """Read as the predict function reads it, before the first request."""
        settings, version = Settings.from_env(environ), environ["MODEL_NAME"]
        predictor = replace(
            Predictor.load(model_dir, settings),
            write=_whisper if "SHADOW" in environ else _print,
            limit_bytes=int(environ["ANSWER_BYTES"]),
            explain=partial(_explain, model_dir, settings.features_sha256, version),
        )
        return cls(predictor, Invocation(version, ALIAS))

    def answer(self, content: str | bytes) -> Response:
        """200 with predictions, or the refusal's own status with what is wrong."""
        said = self.predictor.reply(lambda: request.decoded(content), self.by)
        status = said["error"]["status"] if "error" in said else HTTPStatus.OK
        return Response(status, _compact(said).encode())


def _explain(
    model_dir: Path,
    features_sha256: str,
    version: str,
    predictions: list[Answer],
    asked: Mapping[str, Any],
    context: Any,
) -> None:
    from functions.predict import explain_here  # only who asks for it pays for it

    explain_here.add(
        predictions, asked, model_dir=model_dir, features_sha256=features_sha256, version=version
    )


def _print(text: str) -> None:
    """Each line in one system call: the workers share a pipe, and Python's stdout is buffered."""
    for line in text.splitlines(keepends=True):
        os.write(1, line.encode())


def _whisper(text: str) -> None:
    """A shadow's answers reach no caller: they are no predictions for the lake, nor its metrics."""
    for line in text.splitlines():
        record = json.loads(line)
        record.pop("_aws", None)
        if "prediction_id" in record:
            record["shadow_id"] = record.pop("prediction_id")
        _print(_compact(record) + "\n")
