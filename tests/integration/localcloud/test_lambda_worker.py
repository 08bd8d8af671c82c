"""A Python function runs as it does on AWS: clean, warm, and with AWS's own errors."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from conftest import ROOT, eventually, zipped

Client = Callable[[str], Any]


def test_a_function_sees_only_its_own_environment(
    function: Callable[..., str], invoke: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of the server's process or packages is visible; AWS's variables are."""
    name = function(
        """
        import os, sys
        def handler(event, context):
            found = []
            for module in ("ministack", "uvicorn", "localcloud", "penstock"):
                try:
                    __import__(module); found.append(module)
                except ImportError:
                    pass
            return {"env": dict(os.environ), "found": found, "python": sys.executable,
                    "path": sys.path, "cwd": os.getcwd()}
        """,
        Environment={"Variables": {"MINE": "yes"}},
    )
    seen = invoke(name)
    env = seen["env"]
    assert seen["found"] == []
    assert seen["python"].startswith(str(ROOT / ".penstock" / "lambda"))
    assert seen["path"][0] == env["LAMBDA_TASK_ROOT"] == seen["cwd"]
    assert env["MINE"] == "yes"
    assert env["AWS_LAMBDA_LOG_GROUP_NAME"] == f"/aws/lambda/{name}"
    assert env["AWS_LAMBDA_FUNCTION_VERSION"] == "$LATEST"
    assert env["AWS_LAMBDA_INITIALIZATION_TYPE"] == "on-demand"
    assert env["AWS_ACCESS_KEY_ID"].startswith("ASIA")
    assert not {"GATEWAY_PORT", "AUTH", "SERVICES", "PYTHONPATH", "HOME"} & set(env)


def test_a_layer_is_unpacked_once_and_comes_after_the_code(
    client: Client, function: Callable[..., str], invoke: Callable[..., Any]
) -> None:
    content = zipped({"python/shared.py": "WHO = 'layer'\n", "python/both.py": "WHO = 'layer'\n"})
    layer = client("lambda").publish_layer_version(LayerName="l", Content={"ZipFile": content})
    source = """
        import shared, both
        def handler(event, context):
            return {"shared": shared.WHO, "both": both.WHO, "file": shared.__file__}
    """
    code = zipped({"main.py": source, "both.py": "WHO = 'code'\n"})
    arn = layer["LayerVersionArn"]
    answers = [
        invoke(function(source, Code={"ZipFile": code}, Layers=[arn])),
        invoke(function(source, Code={"ZipFile": code}, Layers=[arn], MemorySize=256)),
    ]
    assert [a["shared"] for a in answers] == ["layer", "layer"]
    assert [a["both"] for a in answers] == ["code", "code"]
    assert answers[0]["file"] == answers[1]["file"]


def test_a_warm_invocation_that_prints_nothing_waits_for_nothing(
    function: Callable[..., str], invoke: Callable[..., Any]
) -> None:
    name = function("def handler(event, context): return event\n")
    invoke(name)
    took = []
    for _ in range(15):
        began = time.perf_counter()
        assert invoke(name, {"n": 1}) == {"n": 1}
        took.append(time.perf_counter() - began)
    assert sorted(took)[7] < 0.045  # MiniStack's own worker takes 50 ms and more


def test_lines_stay_whole_and_in_order(
    client: Client, function: Callable[..., str], invoke: Callable[..., Any]
) -> None:
    """A JSON line of 100 KB, a Unicode line separator and stderr: one event each, in order."""
    name = function(
        r"""
        import json, os, sys
        def handler(event, context):
            print(json.dumps({"blob": "x" * 100_000, "n": 1}))
            print("\u2028in one line", file=sys.stderr)
            os.write(1, b"from below\n")
            print("unfinished", end="")
        """
    )
    invoke(name)
    messages = eventually(lambda: _messages(client, name))
    assert messages[0].startswith("START RequestId: ")
    assert len(json.loads(messages[1])["blob"]) == 100_000
    assert messages[2:5] == ["\u2028in one line", "from below", "unfinished"]
    assert messages[5].startswith("END RequestId: ")
    assert "Max Memory Used: 0 MB" not in messages[6]
    assert "Init Duration" in messages[6]


def _messages(client: Client, name: str) -> list[str]:
    logs = client("logs")
    found = logs.filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
    return [event["message"] for event in found]


@pytest.mark.parametrize(
    ("body", "kind", "text"),
    [
        ("raise CoolingDown('not yet')", "CoolingDown", "not yet"),
        ("os._exit(3)", "Runtime.ExitError", "Error: Runtime exited with error: exit status 3"),
        ("sys.exit(0)", "Runtime.ExitError", "Runtime exited without providing a reason"),
        ("time.sleep(9)", "Sandbox.Timedout", "Task timed out after 1.00 seconds"),
        ("return object()", "Runtime.MarshalError", "Unable to marshal response"),
        ("return 'x' * 6_400_000", "Function.ResponseSizeTooLarge", "exceeded maximum allowed"),
        (
            "kept = []\n    while True: kept.append(bytearray(b'1') * 20_000_000); time.sleep(.02)",
            "Runtime.ExitError",
            "signal: killed",
        ),
    ],
    ids=["raise", "crash", "exit", "timeout", "marshal", "size", "memory"],
)
def test_a_failure_comes_out_as_lambdas_own(
    client: Client, function: Callable[..., str], body: str, kind: str, text: str
) -> None:
    """...and the function answers again afterwards."""
    source = (
        "import os, sys, time\nclass CoolingDown(Exception): pass\n"
        f"def handler(event, context):\n    if event == 'well': return 1\n    {body}\n"
    )
    name = function(source, Timeout=1 if "sleep(9)" in body else 5, MemorySize=256)
    answer = client("lambda").invoke(FunctionName=name, Payload="{}")
    payload = json.loads(answer["Payload"].read())
    assert answer["FunctionError"] == "Unhandled"
    assert payload["errorType"] == kind
    assert text in payload["errorMessage"]
    again = client("lambda").invoke(FunctionName=name, Payload='"well"')
    assert json.loads(again["Payload"].read()) == 1


@pytest.mark.parametrize(
    ("source", "kind", "text"),
    [
        ("import nowhere", "Runtime.ImportModuleError", "Unable to import module 'main'"),
        ("x = 1", "Runtime.HandlerNotFound", "Handler 'handler' missing on module 'main'"),
        ("def (", "Runtime.UserCodeSyntaxError", "Syntax error in module 'main'"),
    ],
)
def test_a_function_that_does_not_load_says_so(
    invoke: Callable[..., Any], function: Callable[..., str], source: str, kind: str, text: str
) -> None:
    payload = invoke(function(source))
    assert payload["errorType"] == kind
    assert text in payload["errorMessage"]


def test_an_environment_outlives_an_exception(
    function: Callable[..., str], invoke: Callable[..., Any]
) -> None:
    """AWS keeps a warm environment when a handler raises; only a crash ends it."""
    name = function(
        """
        import os
        def handler(event, context):
            if event == "fail":
                raise ValueError("no")
            return os.getpid()
        """
    )
    first = invoke(name)
    assert invoke(name, "fail")["errorType"] == "ValueError"
    assert invoke(name) == first


@pytest.mark.parametrize(("kind", "size"), [("RequestResponse", 6 * 2**20), ("Event", 2**20)])
def test_a_payload_over_the_limit_never_reaches_the_function(
    client: Client, function: Callable[..., str], kind: str, size: int
) -> None:
    name = function("def handler(event, context): return len(event)\n")
    call = {"FunctionName": name, "InvocationType": kind}
    fits = json.dumps("x" * (size - 2))
    client("lambda").invoke(**call, Payload=fits)
    with pytest.raises(ClientError, match="RequestEntityTooLargeException") as refused:
        client("lambda").invoke(**call, Payload=f"{fits} ")
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 413


def test_a_custom_resource_whose_function_fails_fails_the_stack(
    client: Client, function: Callable[..., str]
) -> None:
    """...with the function's error, and without the hour that nobody answers in."""
    name = function("def handler(event, context): raise ValueError('no such thing')\n")
    arn = client("lambda").get_function(FunctionName=name)["Configuration"]["FunctionArn"]
    template = {"Resources": {"C": {"Type": "Custom::Thing", "Properties": {"ServiceToken": arn}}}}
    stack = client("cloudformation").create_stack(
        StackName=f"c-{name}", TemplateBody=json.dumps(template)
    )["StackId"]

    def status() -> bool:
        found = client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
        return bool(found["StackStatus"] == "ROLLBACK_COMPLETE")

    eventually(status)
    events = client("cloudformation").describe_stack_events(StackName=stack)["StackEvents"]
    assert any("ValueError: no such thing" in e.get("ResourceStatusReason", "") for e in events)
