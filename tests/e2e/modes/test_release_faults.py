"""Each fault of a model, released under steady traffic: the champion answers all the while.

One stack, one fault after the other, and at the end the stack goes with all that releases made.
"""

import time
from pathlib import Path

import faulty
import pytest
import under_traffic
from typer.testing import CliRunner

from cli import cdk, main, paths, records
from cli.demo import models
from cli.demo.story import ENVIRONMENT, Story
from cli.stack import stack_name
from cli.target import Target

NAME = "faults"


@pytest.fixture(scope="module")
def faults(stories: dict[str, Story]) -> Story:
    return stories[NAME]


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ("wrong_on_golden", "golden.jsonl line 20"),
        ("broken_at_init", "golden.jsonl line 1"),
        ("needs_another_column", "the model needs blood_type, which faults's contract has not"),
    ],
)
def test_what_is_known_before_never_gets_a_request(faults: Story, fault: str, why: str) -> None:
    under_traffic.never_asked(faults, fault, why)


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ("slow", "p95 latency"),
        ("nan", "invocations failed"),
        ("inverted", "scores differ"),
    ],
)
def test_what_only_callers_can_find_is_taken_back_from_the_canary(
    faults: Story, fault: str, why: str
) -> None:
    under_traffic.taken_back(faults, fault, why)


def test_what_a_person_takes_back_within_seconds_only_a_person_brings_again(
    faults: Story, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "CLOUD", place / "cloud")
    before = faulty.champion(faults)
    row, traffic = under_traffic.released(faults, "same")
    assert row["result"] == "promoted", row["why"]
    assert under_traffic.lost(traffic) == []
    began = time.monotonic()
    said = command("rollback", NAME, "--reason", "the ward complained")
    assert time.monotonic() - began < 20
    assert f"version {before['version']} is live again" in said
    assert faulty.champion(faults)["version"] == before["version"]
    assert "no predecessor" in command("rollback", NAME, code=1)
    with under_traffic.callers(faults):
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
