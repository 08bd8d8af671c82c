"""What Lambda refuses, how quick a warm call is, and the ways of failing that are left."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from conftest import eventually, settled, zipped
from localcloud_wires import Client, unique

Function = Callable[..., str]
PLAIN = "def handler(event, context): return event\n"


@pytest.mark.parametrize(
    ("variables", "text"),
    [
        ({"ONE": "x" * 2100, "TWO": "x" * 2100}, "exceeded the 4KB limit"),
        ({"AWS_REGION": "x"}, "Reserved keys used in this request: AWS_REGION"),
    ],
)
def test_an_environment_that_aws_refuses_is_refused_when_made_and_when_changed(
    client: Client, function: Function, role: str, variables: dict[str, str], text: str
) -> None:
    environment = {"Variables": variables}
    with pytest.raises(ClientError, match=text):
        function(PLAIN, Environment=environment)
    name = function(PLAIN, Environment={"Variables": {"ONE": "x" * 4000}})
    with pytest.raises(ClientError, match=text):
        client("lambda").update_function_configuration(FunctionName=name, Environment=environment)
    properties = {
        "Handler": "index.handler",
        "Runtime": "python3.14",
        "Role": role,
        "Code": {"ZipFile": PLAIN},
        "Environment": environment,
    }
    template = {"Resources": {"F": {"Type": "AWS::Lambda::Function", "Properties": properties}}}
    stack, cloudformation = unique("s"), client("cloudformation")
    cloudformation.create_stack(StackName=stack, TemplateBody=json.dumps(template))

    def failed() -> bool:
        events = cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
        return any(text in e.get("ResourceStatusReason", "") for e in events)

    eventually(failed)


def test_what_no_function_here_can_do_is_refused_by_name(
    client: Client, function: Function
) -> None:
    name = function(PLAIN)
    with pytest.raises(ClientError, match="does not do InvokeWithResponseStream"):
        client("lambda").invoke_with_response_stream(FunctionName=name)
    with pytest.raises(ClientError, match="does not do durable executions"):
        client("lambda").list_durable_executions_by_function(FunctionName=name)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("os.kill(os.getpid(), 11)", "signal: segmentation fault"),
        ("os.abort()", "signal: aborted"),
    ],
)
def test_a_crash_names_its_signal(client: Client, function: Function, body: str, text: str) -> None:
    name = function(f"import os\ndef handler(event, context): {body}\n")
    answer = client("lambda").invoke(FunctionName=name)
    payload = json.loads(answer["Payload"].read())
    assert (answer["FunctionError"], payload["errorType"]) == ("Unhandled", "Runtime.ExitError")
    assert payload["errorMessage"].endswith(f"Error: Runtime exited with error: {text}")


def test_an_error_at_the_start_is_told_and_the_start_tried_again(
    function: Function, invoke: Callable[..., Any], tmp_path: Any
) -> None:
    mark = tmp_path / "mark"
    source = f"""
        import pathlib
        mark = pathlib.Path({str(mark)!r})
        if not mark.exists():
            mark.touch()
            raise KeyError("first")
        def handler(event, context): return "well"
    """
    name = function(source)
    assert invoke(name)["errorType"] == "KeyError"
    assert invoke(name) == "well"


def test_a_later_layer_hides_an_earlier_one(
    client: Client, function: Function, invoke: Callable[..., Any]
) -> None:
    arns = [
        client("lambda").publish_layer_version(
            LayerName=unique("l"), Content={"ZipFile": zipped({"python/who.py": f"WHO = {n}\n"})}
        )["LayerVersionArn"]
        for n in (1, 2)
    ]
    name = function("import who\ndef handler(event, context): return who.WHO\n", Layers=arns)
    assert invoke(name) == 2


def test_the_report_tells_start_duration_and_memory(
    client: Client, function: Function, invoke: Callable[..., Any]
) -> None:
    """The tail of the log comes with the answer when it is asked for."""
    name = function(PLAIN)
    for _ in range(2):
        invoke(name, LogType="Tail")

    def reports() -> Any:
        found = client("logs").filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
        lines = [e["message"] for e in found if e["message"].startswith("REPORT")]
        return lines if len(lines) == 2 else None

    cold, warm = eventually(reports)
    pattern = (
        r"REPORT RequestId: [0-9a-f-]{36}\tDuration: \d+\.\d\d ms\tBilled Duration: (\d+) ms\t"
        r"Memory Size: 512 MB\tMax Memory Used: (\d+) MB\t"
    )
    started = re.fullmatch(pattern + r"Init Duration: (\d+\.\d\d) ms\t", cold)
    assert started
    assert int(started[1]) >= float(started[3])
    assert re.fullmatch(pattern, warm)
    assert 5 < int(started[2]) < 200


def test_a_warm_call_costs_little_more_than_the_handler(client: Client, function: Function) -> None:
    """Under 5 ms on a quiet machine; 20 here, since CI's two processors are never quiet."""
    name = function(PLAIN)
    call = client("lambda").invoke
    call(FunctionName=name, Payload="{}")
    took = []
    for _ in range(60):
        began = time.perf_counter()
        call(FunctionName=name, Payload="{}")["Payload"].read()
        took.append((time.perf_counter() - began) * 1000)
    took.sort()
    print(f"a warm call: p50 {took[30]:.1f} ms, p99 {took[59]:.1f} ms")
    assert took[30] < 20


def test_a_change_is_seen_by_the_next_call(
    client: Client, function: Function, invoke: Callable[..., Any]
) -> None:
    name = function("def handler(event, context): return 1\n")
    assert invoke(name) == 1
    code = zipped({"main.py": "def handler(event, context): return 2\n"})
    client("lambda").update_function_code(FunctionName=name, ZipFile=code)
    settled(client, name)
    assert invoke(name) == 2


def test_reserved_concurrency_holds_for_versions_and_aliases_too(
    client: Client, hasty: Client, function: Function
) -> None:
    """It is the function's: "shared across all versions and aliases" (Lambda's documentation)."""
    name, api = function(PLAIN), client("lambda")
    version = api.publish_version(FunctionName=name)["Version"]
    api.create_alias(FunctionName=name, Name="live", FunctionVersion=version)
    api.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    for qualifier in ("$LATEST", version, "live"):
        with pytest.raises(ClientError, match="Rate Exceeded"):
            hasty("lambda").invoke(FunctionName=name, Qualifier=qualifier, Payload=b"{}")
    api.delete_function_concurrency(FunctionName=name)
    assert api.invoke(FunctionName=name, Qualifier="live", Payload=b"{}")["StatusCode"] == 200
