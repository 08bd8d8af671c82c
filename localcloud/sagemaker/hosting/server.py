"""The serving side of a prebuilt image: /ping and /invocations around an inference script.

Follows SageMaker's inference toolkit: model_fn, then input_fn, predict_fn and output_fn, or
transform_fn, for each request; one request at a time, as one worker of the toolkit does. Runs
alone, in the interpreter that stands for the image: the standard library only, and numpy for the
functions that the script leaves to their defaults.
"""

from __future__ import annotations

import importlib
import io
import json
import os
import sys
import threading
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

JSON, CSV, NPY = "application/json", "text/csv", "application/x-npy"
ATTRIBUTES = "X-Amzn-SageMaker-Custom-Attributes"


class Refusal(Exception):
    """An answer other than 200; a script's own exception may carry `status_code` too."""

    def __init__(self, status_code: int, text: str) -> None:
        super().__init__(text)
        self.status_code = status_code


def decode(body: bytes, content_type: str) -> Any:
    import numpy

    kind = content_type.partition(";")[0].strip()
    if kind == JSON:
        return numpy.array(json.loads(body))
    if kind == CSV:
        return numpy.genfromtxt(io.StringIO(body.decode()), dtype=numpy.float32, delimiter=",")
    if kind == NPY:
        return numpy.load(io.BytesIO(body), allow_pickle=False)
    raise Refusal(415, f"Content type {content_type} is not supported by this framework.")


def predict(data: Any, model: Any) -> Any:
    return model.predict(data) if hasattr(model, "predict") else model(data)


def encode(prediction: Any, accept: str) -> Any:
    import numpy

    if accept == JSON:
        return json.dumps(numpy.asarray(prediction).tolist())
    stream = io.BytesIO()
    if accept == CSV:
        numpy.savetxt(stream, numpy.atleast_1d(prediction), delimiter=",", fmt="%s")
    elif accept == NPY:
        numpy.save(stream, numpy.asarray(prediction))
    else:
        raise Refusal(406, f"Accept type {accept} is not supported by this framework.")
    return stream.getvalue()


class Service:
    """The script's functions and its loaded model."""

    def __init__(self, script: Any, model_dir: str) -> None:
        if not hasattr(script, "model_fn"):
            raise NotImplementedError(f"{script.__file__}: expected a function model_fn(model_dir)")
        self._model = script.model_fn(model_dir)
        self._transform = getattr(script, "transform_fn", None)
        self._input: Any = getattr(script, "input_fn", None if self._transform else decode)
        self._predict = getattr(script, "predict_fn", predict)
        self._output = getattr(script, "output_fn", encode)
        self._one = threading.Lock()

    def answer(self, body: bytes, content_type: str, accept: str) -> tuple[int, bytes, str]:
        # What is text comes to the script as text, as the toolkit gives it.
        is_text = content_type.startswith(("text/", JSON))
        data: Any = body.decode(errors="replace") if is_text and self._input is not decode else body
        with self._one:
            if self._transform is not None:
                result = self._transform(self._model, data, content_type, accept)
            else:
                made = self._predict(self._input(data, content_type), self._model)
                result = self._output(made, accept)
        if callable(result):
            return respond(result)
        content, kind = result if isinstance(result, tuple) else (result, accept)
        return 200, content.encode() if isinstance(content, str) else bytes(content), str(kind)


def respond(application: Any) -> tuple[int, bytes, str]:
    """A WSGI application's own status and type: Flask, on which the toolkit of the XGBoost and
    scikit-learn images rests, takes one from a script as its answer."""
    said: list[Any] = []
    content = b"".join(application({}, lambda status, headers, *_: said.extend((status, headers))))
    status, headers = said
    kinds = [value for name, value in headers if name.lower() == "content-type"]
    return int(status.split()[0]), content, kinds[0] if kinds else "application/octet-stream"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body in one packet
    service: Service

    def do_GET(self) -> None:
        self._send(200 if self.path == "/ping" else 404, b"", "text/plain")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path != "/invocations":
            return self._send(404, b"", "text/plain")
        wanted = self.headers.get("Accept", "")
        default = os.environ.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", JSON)
        accept = default if wanted in ("", "*/*") else wanted
        try:
            answer = self.service.answer(body, self.headers.get("Content-Type", JSON), accept)
            self._send(*answer)
        except Exception as error:
            traceback.print_exc()
            status = int(getattr(error, "status_code", 500))
            self._send(status, str(error).encode() or repr(error).encode(), "text/plain")

    def _send(self, status: int, content: bytes, kind: str) -> None:
        self.send_response_only(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        if attributes := self.headers.get(ATTRIBUTES):
            self.send_header(ATTRIBUTES, attributes)
        self.end_headers()
        self.wfile.write(content)


def load(code: Path, model_dir: str) -> Service:
    program = os.environ.get("SAGEMAKER_PROGRAM", "inference.py")
    if not (code / program).is_file():
        found = ", ".join(sorted(path.name for path in code.glob("*"))) or "nothing"
        raise FileNotFoundError(
            f"no inference script: SAGEMAKER_PROGRAM is {program}; {code} holds {found}"
        )
    sys.path[:0] = [str(code), str(code / "lib")]
    return Service(
        importlib.import_module(program.removesuffix(".py").replace("/", ".")), model_dir
    )


def main(code: str, model_dir: str) -> None:
    Handler.service = load(Path(code), model_dir)
    port = int(os.environ["SAGEMAKER_BIND_TO_PORT"])
    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
