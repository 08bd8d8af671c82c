"""Each fault of a model, released under steady traffic: the champion answers all the while.

One stack, one fault after the other, and at the end the stack goes with all that releases made.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import faulty
import pytest
from typer.testing import CliRunner

from cli import cdk, main, paths, records
from cli.demo import canary, models
from cli.demo.story import ENVIRONMENT, Story
from cli.demo.traffic import Traffic
from cli.instances import instance
from cli.stack import stack_name
from cli.target import Target

NAME = "faults"
Released = tuple[dict[str, Any], Traffic]


@pytest.fixture(scope="module")
def faults(stories: dict[str, Story]) -> Story:
    return stories[NAME]


@pytest.fixture(scope="module")
def released(faults: Story) -> Callable[[str], Released]:
    """Register a model with a fault while callers ask: the history's row, and what they saw."""
    pool = [instance(row, faults.contract) for row in faults.source.rows]

    def release(fault: str) -> Released:
        arn = faulty.register(faults, fault)
        with canary.callers(faults, pool, canary.BUSY) as traffic:
            row = models.released(faults, arn)
            time.sleep(canary.SETTLING)
        return row, traffic

    return release


def lost(traffic: Traffic, challenger: str | None) -> list[str]:
    """Requests without an answer, beside the canary's own."""
    return [str(c.error) for c in traffic.calls if c.error and c.version != challenger]


def unmoved(story: Story, before: dict[str, Any], traffic: Traffic) -> None:
    """The champion is who it was, and answers everything."""
    alias = story.aws("lambda").get_alias(
        FunctionName=story.deployed.predict_function_name, Name=story.deployed.predict_alias
    )
    assert alias["FunctionVersion"] == before["version"]
    assert not (alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights")
    assert faulty.champion(story) == before
    assert {call.version for call in traffic.calls[-20:]} == {before["version"]}
    assert len(traffic.calls) > 50


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ("wrong_on_golden", "golden.jsonl line 20"),
        ("broken_at_init", "golden.jsonl line 1"),
        ("needs_another_column", "the model needs blood_type, which faults's contract has not"),
    ],
)
def test_what_is_known_before_never_gets_a_request(
    faults: Story, released: Callable[[str], Released], fault: str, why: str
) -> None:
    before = faulty.champion(faults)
    row, traffic = released(fault)
    assert row["result"] == "failed"
    assert why in row["why"]
    assert {call.version for call in traffic.calls} == {before["version"]}
    assert lost(traffic, None) == []
    unmoved(faults, before, traffic)


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ("slow", "p95 latency"),
        ("nan", "invocations failed"),
        ("inverted", "scores differ"),
    ],
)
def test_what_only_callers_can_find_is_taken_back_from_the_canary(
    faults: Story, released: Callable[[str], Released], fault: str, why: str
) -> None:
    before = faulty.champion(faults)
    row, traffic = released(fault)
    assert (row["result"], row["percent_steps"]) == ("rolled_back", [25, 0]), row["why"]
    assert why in row["why"]
    assert row["version"] in {call.version for call in traffic.calls}
    assert lost(traffic, str(row["version"])) == []
    unmoved(faults, before, traffic)


def test_what_a_person_takes_back_within_seconds_only_a_person_brings_again(
    faults: Story, released: Callable[[str], Released], place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "CLOUD", place / "cloud")
    before = faulty.champion(faults)
    row, traffic = released("same")
    assert row["result"] == "promoted", row["why"]
    assert lost(traffic, None) == []
    began = time.monotonic()
    said = command("rollback", NAME, "--reason", "the ward complained")
    assert time.monotonic() - began < 20
    assert f"version {before['version']} is live again" in said
    assert faulty.champion(faults)["version"] == before["version"]
    assert "no predecessor" in command("rollback", NAME, code=1)
    pool = [instance(one, faults.contract) for one in faults.source.rows]
    with canary.callers(faults, pool, canary.BUSY):
        again = command("release", NAME, "--newest", "--reason", "it was not the model")
    assert f"version {faulty.champion(faults)['version']} is live" in again
    assert faulty.champion(faults)["model_package_arn"] == row["model_package_arn"]
    listed = command("releases", NAME, "--limit", "3").splitlines()
    assert ["promoted" in line or "restored" in line for line in listed[1:]] == [True] * 3
    assert "it was not the model" in listed[1]
    assert "the ward complained" in listed[2]
    assert "a model was approved" in listed[3]


def command(*words: str, code: int | None = 0) -> str:
    """The command line in this process; what it printed, or its error."""
    done = CliRunner(env={"COLUMNS": "300"}).invoke(main.app, list(words))
    assert code is None or done.exit_code == code, f"{done.output}{done.exception}"
    return f"{done.output}{done.exception or ''}"


def test_destroying_the_stack_leaves_nothing_that_releases_made(
    faults: Story, cloud: Target, place: Path
) -> None:
    """Six versions, as many packages, a history of deployments: all of it gone, by listing."""
    stack = faults.deployed
    assert len(versions(cloud, stack.predict_function_name)) >= 2
    assert len(models.packages(faults)) >= 7
    name = stack_name(ENVIRONMENT, NAME)
    cdk.destroy(faults.children, cloud, place / "cdk.out", [name])
    assert versions(cloud, stack.predict_function_name) == []
    listed = left(cloud, name, NAME)
    assert listed == {}, listed
    rows = records.history(cloud, stack, NAME)
    assert rows, "the table is the environment's, and keeps the history"


def versions(cloud: Target, function: str) -> list[str]:
    client = cloud.client("lambda")
    try:
        found = client.list_versions_by_function(FunctionName=function)["Versions"]
    except client.exceptions.ResourceNotFoundException:
        return []
    return [v["Version"] for v in found]


def left(cloud: Target, stack: str, usecase: str) -> dict[str, list[str]]:
    """What still bears the stack's or the use case's name, by kind."""
    sagemaker, deploy = cloud.client("sagemaker"), cloud.client("codedeploy")
    alarms = cloud.client("cloudwatch").describe_alarms(
        AlarmTypes=["MetricAlarm", "CompositeAlarm"]
    )
    found = {
        "functions": [
            f["FunctionName"] for f in cloud.client("lambda").list_functions()["Functions"]
        ],
        "alarms": [
            a["AlarmName"] for kind in ("MetricAlarms", "CompositeAlarms") for a in alarms[kind]
        ],
        "machines": [
            m["name"] for m in cloud.client("stepfunctions").list_state_machines()["stateMachines"]
        ],
        "packages": [
            g["ModelPackageGroupName"]
            for g in sagemaker.list_model_package_groups()["ModelPackageGroupSummaryList"]
        ],
        "endpoints": [e["EndpointName"] for e in sagemaker.list_endpoints()["Endpoints"]],
        "applications": deploy.list_applications()["applications"],
    }
    marks = (f"{stack}-", f"{ENVIRONMENT}-{usecase}", f"{ENVIRONMENT}{usecase}")
    own = {kind: [n for n in names if any(m in n for m in marks)] for kind, names in found.items()}
    return {kind: names for kind, names in own.items() if names}
