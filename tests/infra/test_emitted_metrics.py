"""What a dashboard shows and an alarm watches is emitted by somebody, under those dimensions."""

import json
from collections.abc import Iterator
from typing import Any, cast

import pytest
from synthesis import Assembly, text

from functions.monitor import metric
from functions.release import verdict
from functions.release.context import Clients, Release
from functions.release.settings import Settings

Metric = tuple[str, str, dict[str, str]]  # namespace, name, dimensions

# What the services emit, by AWS's documentation of each: the sets of dimensions.
OF_SERVICES: dict[str, tuple[set[str], list[set[str]]]] = {
    "AWS/Lambda": (
        {"Invocations", "Errors", "Duration", "IteratorAge"},
        [{"FunctionName"}, {"FunctionName", "Resource"}],
    ),
    "AWS/States": ({"ExecutionsFailed"}, [{"StateMachineArn"}]),
    "AWS/SageMaker": (
        {"Invocations", "Invocation5XXErrors", "ModelLatency"},
        [{"EndpointName", "VariantName"}],
    ),
}
LIVE = "live"


@pytest.fixture
def ours(capsys: pytest.CaptureFixture[str]) -> dict[str, dict[str, str]]:
    """Name -> dimensions of our own metrics, as the functions really emit them of one use case."""
    calls: list[dict[str, Any]] = []

    class CloudWatch:
        def put_metric_data(self, **call: Any) -> None:
            calls.append(call)

    clients = Clients()
    clients.__dict__["cloudwatch"] = CloudWatch()
    settings = Settings(
        environment="dev", table_name="", artifacts_bucket="", code_bucket="", code_key="",
        verdict_alarm="", predict_log_group="", stack_name="",
    )  # fmt: skip
    release = Release(settings, "", "", clients)
    release.__dict__["usecase"] = {"name": "some"}
    verdict.put(release, bad=True)
    metric.put(1, "some", "dev")
    (call,), (line,) = calls, capsys.readouterr().out.splitlines()
    (datum,) = call["MetricData"]
    printed = json.loads(line)
    (block,) = printed["_aws"]["CloudWatchMetrics"]
    (names,), (told,) = block["Dimensions"], block["Metrics"]
    assert {call["Namespace"], block["Namespace"]} == {"Penstock"}
    return {
        datum["MetricName"]: {d["Name"]: d["Value"] for d in datum["Dimensions"]},
        told["Name"]: {name: printed[name] for name in names},
    }


def shown(assembly: Assembly, stack: str) -> list[Metric]:
    """Of the dashboard's graphs; a `.` in a row stands for what is above it."""
    found: list[Metric] = []
    for board in assembly.resources(stack, "AWS::CloudWatch::Dashboard").values():
        for widget in json.loads(text(board["Properties"]["DashboardBody"]))["widgets"]:
            for row in widget["properties"].get("metrics", []):
                words = [word for word in row if not isinstance(word, dict)]
                assert "." not in words, row
                found.append((words[0], words[1], dict(zip(words[2::2], words[3::2], strict=True))))
    return found


def watched(assembly: Assembly, stack: str) -> Iterator[Metric]:
    for alarm in assembly.resources(stack, "AWS::CloudWatch::Alarm").values():
        given = alarm["Properties"]
        named = {d["Name"]: text(d["Value"]) for d in given.get("Dimensions", [])}
        yield given["Namespace"], given["MetricName"], named


def wrong(found: Metric, ours: dict[str, dict[str, str]], made: set[str], usecase: str) -> str:
    """Why nobody emits it; empty where somebody does."""
    namespace, name, dimensions = found
    if namespace == "Penstock":
        emitted = {"some": usecase, "dev": "dev"}
        known = {key: emitted[value] for key, value in ours.get(name, {}).items()}
        return "" if dimensions == known else f"emitted with {known}"
    names, forms = OF_SERVICES.get(namespace, (cast(set[str], set()), []))
    if name not in names or set(dimensions) not in forms:
        return "no service emits it so"
    if dimensions.get("Resource", f":{LIVE}").rpartition(":")[2] != LIVE:
        return "that alias is not there"
    of_stack = dimensions.get("FunctionName") or dimensions.get("StateMachineArn")
    if of_stack and of_stack.strip("<>").partition(".")[0] not in made:
        return "it is of no resource of the stack"
    return ""


def test_every_metric_of_a_dashboard_and_of_an_alarm_is_emitted(
    modes: Assembly, ours: dict[str, dict[str, str]]
) -> None:
    for stack in modes.usecase_stacks:
        made, usecase = set(modes.template(stack)["Resources"]), stack.split("-", 2)[2]
        on_board = shown(modes, stack)
        assert len(on_board) >= 7, stack
        for found in [*on_board, *watched(modes, stack)]:
            assert (why := wrong(found, ours, made, usecase)) == "", f"{stack}: {found}: {why}"


def test_an_endpoints_board_shows_the_endpoint_and_a_functions_the_function(
    modes: Assembly,
) -> None:
    """Of a batch, every version: jobs ask by number, of which `live` hears nothing."""
    for stack in modes.usecase_stacks:
        asked = [d for _, name, d in shown(modes, stack) if name == "Invocations"]
        usecase = stack.split("-", 2)[2]
        (first, *_) = asked
        if usecase in ("endpoint", "endshadow", "serverless"):
            assert first["EndpointName"] == f"penstock-dev-{usecase}-live", stack
        else:
            assert first["FunctionName"].startswith("<PredictFunction"), stack
            assert ("Resource" in first) == (usecase != "batch"), stack


def test_a_board_shows_every_alarm_of_its_stack_that_is_not_a_modes_own(modes: Assembly) -> None:
    (stack,) = [name for name in modes.usecase_stacks if name.endswith("-plain")]
    (board,) = modes.resources(stack, "AWS::CloudWatch::Dashboard").values()
    shown_there = text(board["Properties"]["DashboardBody"])
    alarms = {
        *modes.resources(stack, "AWS::CloudWatch::Alarm"),
        *modes.resources(stack, "AWS::CloudWatch::CompositeAlarm"),
    }
    assert len(alarms) == 7
    assert {name for name in alarms if f"<{name}.Arn>" not in shown_there} == set()


@pytest.mark.parametrize(
    "found",
    [
        ("Penstock", "drift_findings", {"usecase": "some"}),
        ("Penstock", "drift", {"usecase": "plain", "environment": "dev"}),
        ("AWS/Lambda", "Invocations", {"FunctionName": "<Predict>", "Version": "1"}),
        ("AWS/Lambda", "Invocation", {"FunctionName": "<Predict>"}),
        ("AWS/Lambda", "Errors", {"FunctionName": "<Other>"}),
        ("AWS/Lambda", "Errors", {"FunctionName": "<Predict>", "Resource": "<Predict>:old"}),
    ],
)
def test_what_nobody_emits_is_told_from_what_somebody_does(
    ours: dict[str, dict[str, str]], found: Metric
) -> None:
    """The tests above can fail."""
    assert wrong(found, ours, {"Predict"}, "plain") != ""
