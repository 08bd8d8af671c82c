"""A weighted alias sends its share to each version, and is what the function sees."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from conftest import eventually, settled, zipped

from localcloud.alias_routing import choose

Client = Callable[[str], Any]
SOURCE = """
def handler(event, context):
    print("ran", context.function_version, (event or {}).get("n"))
    return {"version": context.function_version, "arn": context.invoked_function_arn, "body": BODY}
"""


def publish(client: Client, name: str, body: int) -> str:
    code = zipped({"main.py": f"BODY = {body}\n{SOURCE}"})
    client("lambda").update_function_code(FunctionName=name, ZipFile=code)
    settled(client, name)
    return str(client("lambda").publish_version(FunctionName=name)["Version"])


@pytest.fixture(scope="module")
def canary(client: Client, function: Callable[..., str]) -> str:
    """A function whose alias `live` is version 1 with 40 % on version 2."""
    name = function("def handler(event, context): return 0\n")
    first, second = publish(client, name, 1), publish(client, name, 2)
    client("lambda").create_alias(
        FunctionName=name,
        Name="live",
        FunctionVersion=first,
        RoutingConfig={"AdditionalVersionWeights": {second: 0.4}},
    )
    return name


def test_weights_route_and_the_answer_names_its_version(client: Client, canary: str) -> None:
    ran: Counter[str] = Counter()
    for _ in range(120):
        answer = client("lambda").invoke(FunctionName=canary, Qualifier="live", Payload="{}")
        payload = json.loads(answer["Payload"].read())
        assert answer["ExecutedVersion"] == payload["version"] == str(payload["body"])
        assert payload["arn"].endswith(f":function:{canary}:live")
        ran[payload["version"]] += 1
    assert 25 <= ran["2"] <= 72  # 48 expected; outside once in 50,000 runs
    assert ran["1"] == 120 - ran["2"]


def test_an_asynchronous_invocation_is_routed_too(client: Client, canary: str) -> None:
    for n in range(40):
        client("lambda").invoke(
            FunctionName=f"{canary}:live",
            InvocationType="Event",
            Payload=json.dumps({"n": 1000 + n}),
        )

    def versions() -> set[str] | None:
        found = client("logs").filter_log_events(
            logGroupName=f"/aws/lambda/{canary}", filterPattern='"ran"'
        )["events"]
        seen = [e["message"].split() for e in found if e["message"].split()[-1].startswith("10")]
        return {words[1] for words in seen} if len(seen) == 40 else None

    assert eventually(versions) == {"1", "2"}


def test_metrics_tell_the_versions_apart(client: Client, canary: str) -> None:
    """By function, by alias, and by the version that ran: what a canary is judged by."""
    metrics = client("cloudwatch").list_metrics(
        Namespace="AWS/Lambda",
        MetricName="Invocations",
        Dimensions=[{"Name": "FunctionName", "Value": canary}],
    )["Metrics"]
    sets = [{d["Name"]: d["Value"] for d in m["Dimensions"]} for m in metrics]
    live = {"FunctionName": canary, "Resource": f"{canary}:live"}
    assert {"FunctionName": canary} in sets
    assert live in sets
    executed = sorted(s["ExecutedVersion"] for s in sets if "ExecutedVersion" in s)
    assert executed == ["1", "2"]
    assert len(sets) == 4

    def total(dims: dict[str, str]) -> float:
        points = client("cloudwatch").get_metric_statistics(
            Namespace="AWS/Lambda",
            MetricName="Invocations",
            Dimensions=[{"Name": k, "Value": v} for k, v in dims.items()],
            StartTime=datetime.now(UTC) - timedelta(minutes=5),
            EndTime=datetime.now(UTC) + timedelta(minutes=1),
            Period=600,
            Statistics=["Sum"],
        )["Datapoints"]
        return float(sum(point["Sum"] for point in points))

    by_version = [total({**live, "ExecutedVersion": version}) for version in "12"]
    assert total(live) == sum(by_version) == 160
    assert min(by_version) > 0


@pytest.mark.parametrize(("draw", "version"), [(0.0, "2"), (0.099, "2"), (0.1, "1"), (0.99, "1")])
def test_a_draw_below_the_weight_goes_to_the_canary(draw: float, version: str) -> None:
    alias = {"FunctionVersion": "1", "RoutingConfig": {"AdditionalVersionWeights": {"2": 0.1}}}
    assert choose(alias, draw) == version
