"""A function that scores, in a process of its own: predict's version, or explain's native model.

FUNCTION FOLDER SHA256 SOCKET: answers each request on the socket, JSON in and out as Lambda does.
"""

import json
import sys
from collections.abc import Callable
from multiprocessing.connection import Client
from pathlib import Path
from types import SimpleNamespace
from typing import Any

ARN = "arn:aws:lambda:us-east-1:000000000000:function:predict:1"
Answer = Callable[[Any], Any]


def predict(folder: Path, sha256: str) -> Answer:
    """Version 1 of the function."""
    from functions.predict.predictor import Predictor
    from functions.predict.settings import Settings

    settings = Settings("benchmark", "dev", sha256, 1.0, "")
    predictor = Predictor.load(folder / "task" / "model", settings)
    context = SimpleNamespace(invoked_function_arn=ARN, function_version="1")
    return lambda request: predictor.answer(request, context)


def explain(folder: Path, sha256: str) -> Answer:
    """By the artifact that version 1 was made of."""
    from functions.explain.scores import scores
    from functions.shared.explaining.native import Native

    native = Native.load(folder / "artifact", features_sha256=sha256)
    return lambda request: scores(request, lambda *_: native)


def main(function: str, folder: str, sha256: str, socket: str) -> None:
    answer = {"predict": predict, "explain": explain}[function](Path(folder), sha256)
    with Client(socket, "AF_UNIX") as caller:
        while request := caller.recv_bytes():
            caller.send_bytes(json.dumps(answer(json.loads(request))).encode())


if __name__ == "__main__":
    main(*sys.argv[1:])
