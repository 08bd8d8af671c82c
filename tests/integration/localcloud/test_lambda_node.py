"""Node functions: a clean runtime of their own, with AWS's SDK, errors and limits."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from conftest import eventually, zipped

Make = Callable[..., str]
Client = Callable[[str], Any]
Answer = dict[str, Any]


@pytest.fixture
def run(client: Client, function: Make) -> Callable[..., Answer]:
    def once(source: str, event: Any = None, file: str = "index.js", **settings: Any) -> Answer:
        name = function(
            "",
            Runtime="nodejs22.x",
            Handler="index.handler",
            Code={"ZipFile": zipped({file: source})},
            **settings,
        )
        answer = client("lambda").invoke(FunctionName=name, Payload=json.dumps(event))
        payload = json.loads(answer["Payload"].read())
        return {"error": answer.get("FunctionError"), "payload": payload, "name": name}

    return once


def test_an_asynchronous_handler_answers_and_logs_as_awss_runtime_does(
    run: Callable[..., Answer], client: Client
) -> None:
    source = """
    exports.handler = async (event, context) => {
      console.log("seen", event);
      return { doubled: event.n * 2, left: context.getRemainingTimeInMillis() > 3000 };
    };
    """
    found = run(source, {"n": 21})
    assert found["payload"] == {"doubled": 42, "left": True}
    group = f"/aws/lambda/{found['name']}"

    def lines() -> list[str]:
        events = client("logs").filter_log_events(logGroupName=group)["events"]
        return [event["message"].rstrip() for event in events]

    said = eventually(lambda: [line for line in lines() if "seen" in line])
    _time, request, level, text = said[0].split("\t")
    assert (level, text) == ("INFO", "seen { n: 21 }")
    assert any(line.startswith(f"REPORT RequestId: {request}") for line in lines())


def test_a_callback_answers_too(run: Callable[..., Answer]) -> None:
    source = "exports.handler = (event, context, done) => setTimeout(() => done(null, 'later'), 5)"
    assert run(source)["payload"] == "later"


def test_a_module_of_imports_finds_awss_sdk(run: Callable[..., Answer]) -> None:
    source = """
    import { S3Client, ListBucketsCommand } from "@aws-sdk/client-s3";
    export const handler = async () =>
      Array.isArray((await new S3Client().send(new ListBucketsCommand({}))).Buckets);
    """
    assert run(source, file="index.mjs")["payload"] is True


def test_it_sees_what_aws_sets_and_nothing_of_our_environment(run: Callable[..., Answer]) -> None:
    found = run("exports.handler = async () => Object.keys(process.env)")["payload"]
    assert {"AWS_LAMBDA_FUNCTION_NAME", "AWS_SESSION_TOKEN", "LAMBDA_TASK_ROOT"} <= set(found)
    ours = ("GATEWAY_PORT", "MINISTACK_", "SERVICES", "HOME", "_LOCALCLOUD")
    assert not [name for name in found if name.startswith(ours)]


@pytest.mark.parametrize(
    ("source", "kind", "text"),
    [
        ("exports.handler = async () => { throw new TypeError('bad'); }", "TypeError", "bad"),
        ("exports.handler = 3", "Runtime.HandlerNotFound", "index.handler is undefined or not"),
        ("require('left-pad'); exports.handler = 1", "Runtime.ImportModuleError", "left-pad"),
        ("this is not JavaScript", "Runtime.UserCodeSyntaxError", "SyntaxError"),
        ("exports.handler = async () => process.exit(3)", "Runtime.ExitError", "exit status 3"),
    ],
)
def test_errors_have_awss_names(
    run: Callable[..., Answer], source: str, kind: str, text: str
) -> None:
    found = run(source)
    assert found["error"] == "Unhandled"
    assert found["payload"]["errorType"] == kind
    assert text in found["payload"]["errorMessage"]


def test_a_handler_that_hangs_times_out(run: Callable[..., Answer]) -> None:
    found = run("exports.handler = () => new Promise(() => {})", Timeout=1)
    assert found["payload"]["errorType"] == "Sandbox.Timedout"
    assert "Task timed out after 1.00 seconds" in found["payload"]["errorMessage"]
