"""`penstock invoke`: by the URL as an application does, and what it says where none asks so."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

import localcloud
from cli import asking, invoke, url
from cli.errors import CommandError
from cli.stack import Stack
from cli.target import Target, local

REQUEST = b'{"instances": [{}]}'
NEEDED = (
    "lake_bucket", "artifacts_bucket", "train_state_machine_arn", "release_state_machine_arn",
    "model_package_group", "table_name", "predict_log_group", "explain_function_name",
    "drift_alarm_name", "verdict_alarm_name",
)  # fmt: skip


def stack(**outputs: str) -> Stack:
    return Stack(**dict.fromkeys(NEEDED, "x") | outputs)


class Lambda(HTTPServer):
    """A function's URL with one answer; it keeps what it was sent."""

    status, said = 200, json.dumps({"predictions": []}).encode()
    headers: Any = None
    body = b""


class Handler(BaseHTTPRequestHandler):
    server: Lambda

    def do_POST(self) -> None:
        self.server.headers = self.headers
        self.server.body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(self.server.said)))
        self.end_headers()
        self.wfile.write(self.server.said)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Lambda]:
    with Lambda(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def target(server: Lambda, tmp_path: Any) -> Target:
    return local(localcloud.Running(1, "http://127.0.0.1:1", tmp_path))


def ask(target: Target, server: Lambda) -> dict[str, Any]:
    outputs = {"predict_url": f"http://127.0.0.1:{server.server_port}/"}
    return url.ask(target, stack(predict_url_callers="arn:policy", **outputs), REQUEST)


def test_a_request_by_the_url_is_signed_for_lambda_and_sent_as_it_is(
    target: Target, server: Lambda
) -> None:
    assert ask(target, server) == {"predictions": []}
    assert server.body == REQUEST
    signed = server.headers["Authorization"]
    assert signed.startswith("AWS4-HMAC-SHA256 Credential=")
    assert f"/{target.session.region_name}/lambda/aws4_request" in signed
    assert server.headers["Content-Type"] == "application/json"


def test_predicts_own_error_is_an_answer(target: Target, server: Lambda) -> None:
    server.status, server.said = 400, json.dumps(asking.error(400, "wrong")).encode()
    assert ask(target, server)["error"]["message"] == "wrong"


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (403, "no.*arn:policy, attached to its role"),
        (413, "6 MB"),
        (429, "too many"),
        (502, "logs"),
    ],
)
def test_what_lambda_refuses_is_a_line_that_says_what_to_do(
    target: Target, server: Lambda, status: int, words: str
) -> None:
    server.status, server.said = status, b'{"Message": "no"}'
    with pytest.raises(CommandError, match=words):
        ask(target, server)


def test_without_a_url_it_says_how_to_get_one(target: Target) -> None:
    with pytest.raises(CommandError, match="url: true"):
        url.ask(target, stack(), REQUEST)


@pytest.mark.parametrize(
    ("outputs", "note"),
    [
        ({}, None),
        ({"batch_state_machine_arn": "arn"}, "penstock batch any --input FILE"),
        ({"input_stream_name": "input-1"}, "put their records into input-1"),
    ],
)
def test_where_no_application_asks_so_it_says_how_they_do(
    outputs: dict[str, str], note: str | None
) -> None:
    said = invoke._applications(stack(**outputs), "any")
    assert said is None if note is None else note in str(said)
