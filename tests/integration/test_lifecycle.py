"""Custom resources: the alias that is made once, the teardown, and that CloudFormation hears."""

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import boto3
import mocked
import pytest
from release_fakes import FakeCodeDeploy, FakeLambda

from functions.lifecycle import cfn_response, live_alias, sweeping
from functions.lifecycle.teardown import Teardown

Event = dict[str, Any]
CONTEXT = SimpleNamespace(log_stream_name="stream")


def event(kind: str, properties: dict[str, Any], **more: str) -> Event:
    return {
        "RequestType": kind, "StackId": "stack", "RequestId": "request", "ResponseURL": "https://x",
        "LogicalResourceId": "Thing", "ResourceProperties": properties, **more,
    }  # fmt: skip


def alias_event(kind: str, **more: str) -> Event:
    return event(kind, {"FunctionName": "predict", "AliasName": "live"}, **more)


@pytest.fixture
def function() -> FakeLambda:
    return FakeLambda(lambda bucket, key: b"")


def test_the_alias_is_made_on_a_first_version_when_the_function_is_at_rest(
    function: FakeLambda,
) -> None:
    function.write(b"the stack's code")  # an update is under way
    naps: list[float] = []
    physical_id, data = live_alias.apply(alias_event("Create"), function, naps.append)
    assert (physical_id, data["FunctionVersion"]) == ("predict:live", "1")
    assert len(naps) == 1


def test_a_repeated_create_and_every_update_leave_the_alias_where_the_release_put_it(
    function: FakeLambda,
) -> None:
    first = live_alias.apply(alias_event("Create"), function)
    function.move("5", {"6": 0.1})
    for kind in ("Create", "Update"):
        physical_id, data = live_alias.apply(alias_event(kind), function)
        assert physical_id == first[0]
        assert data["FunctionVersion"] == "5"
    assert function.alias is not None
    assert function.alias["RoutingConfig"] == {"AdditionalVersionWeights": {"6": 0.1}}
    assert list(function.versions) == ["1"]


def test_a_delete_removes_the_alias_once_and_is_content_without_it(function: FakeLambda) -> None:
    live_alias.apply(alias_event("Create"), function)
    gone = alias_event("Delete", PhysicalResourceId="predict:live")
    for _ in range(2):
        assert live_alias.apply(gone, function) == ("predict:live", {})
        assert function.alias is None


def test_a_create_that_failed_at_once_can_be_deleted(function: FakeLambda) -> None:
    """Then CloudFormation knows it by the logical id, which is no function and alias."""
    sent = _respond(alias_event("Delete", PhysicalResourceId="Thing"), function)
    assert sent["Status"] == "SUCCESS"


def test_a_function_that_lambda_cannot_load_fails_with_its_reason(function: FakeLambda) -> None:
    function.update_status = "Failed"
    sent = _respond(alias_event("Create"), function)
    assert sent["Status"] == "FAILED"
    assert "its last update Failed" in sent["Reason"]
    assert sent["PhysicalResourceId"] == "Thing"


def _respond(asked: Event, function: FakeLambda) -> dict[str, Any]:
    sent: list[tuple[str, bytes]] = []
    cfn_response.respond(
        asked,
        CONTEXT,
        lambda e: live_alias.apply(e, function),
        send=lambda url, body: sent.append((url, body)),
    )
    ((url, body),) = sent
    assert url == asked["ResponseURL"]
    said: dict[str, Any] = json.loads(body)
    assert (said["StackId"], said["RequestId"]) == ("stack", "request")
    return said


def test_a_reason_of_any_length_is_answered() -> None:
    """CloudFormation refuses more than 4 KB, and a refused answer is an hour of silence."""

    def work(asked: Event) -> cfn_response.Handled:
        raise KeyError("x" * 100_000)

    sent: list[bytes] = []
    asked = event("Update", {}, PhysicalResourceId="known")
    cfn_response.respond(asked, CONTEXT, work, send=lambda url, body: sent.append(body))
    assert len(sent[0]) < 4096
    assert json.loads(sent[0])["PhysicalResourceId"] == "known"


PROPERTIES = {
    "StateMachineArns": [], "TrainingJobPrefix": "dev-triage-", "ModelPackageGroup": "triage",
    "CodeDeployApplication": "app", "DeploymentGroup": "group", "FunctionName": "predict",
    "EmptyPrefixes": ["s3://lake/raw/triage/"],
}  # fmt: skip


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with mocked.aws(monkeypatch):
        boto3.client("s3").create_bucket(Bucket="lake")
        yield


class FakeSageMaker:
    """Training jobs that stop a moment after they were told to; moto deletes no packages."""

    def __init__(self) -> None:
        self.status = {
            "dev-triage-1": "InProgress", "dev-triage-0": "Completed",
            "x-dev-triage-1": "InProgress",
        }  # fmt: skip
        self.packages = {"triage": ["arn:triage/1", "arn:triage/2"], "churn": ["arn:churn/1"]}

    def stop_training_job(self, TrainingJobName: str) -> None:
        self.status[TrainingJobName] = "Stopping"

    def rest(self, seconds: float) -> None:
        for name, status in self.status.items():
            self.status[name] = "Stopped" if status == "Stopping" else status

    def get_paginator(self, operation: str) -> Any:
        return SimpleNamespace(paginate=getattr(self, operation))

    def list_training_jobs(self, NameContains: str, StatusEquals: str) -> list[dict[str, Any]]:
        found = [n for n, s in self.status.items() if NameContains in n and s == StatusEquals]
        return [{"TrainingJobSummaries": [{"TrainingJobName": n}]} for n in found]

    def list_model_packages(self, ModelPackageGroupName: str) -> list[dict[str, Any]]:
        found = self.packages[ModelPackageGroupName]
        return [{"ModelPackageSummaryList": [{"ModelPackageArn": arn} for arn in found]}]

    def delete_model_package(self, ModelPackageName: str) -> None:
        self.packages[ModelPackageName.split(":")[1].split("/")[0]].remove(ModelPackageName)


def _machine() -> str:
    states = boto3.client("stepfunctions")
    definition = {"StartAt": "w", "States": {"w": {"Type": "Wait", "Seconds": 99, "End": True}}}
    arn = states.create_state_machine(
        name="release",
        definition=json.dumps(definition),
        roleArn="arn:aws:iam::123456789012:role/r",
    )["stateMachineArn"]
    states.start_execution(stateMachineArn=arn, name="one")
    return str(arn)


def test_a_teardown_stops_what_runs_and_deletes_what_was_made(
    aws: None, function: FakeLambda
) -> None:
    s3, machine, jobs = boto3.client("s3"), _machine(), FakeSageMaker()
    s3.put_bucket_versioning(Bucket="lake", VersioningConfiguration={"Status": "Enabled"})
    for key in ("raw/triage/a.csv", "raw/triage/a.csv", "raw/churn/a.csv"):
        s3.put_object(Bucket="lake", Key=key, Body=b"x")
    s3.delete_object(Bucket="lake", Key="raw/triage/a.csv")
    live_alias.apply(alias_event("Create"), function)
    function.publish_version("predict")
    codedeploy = FakeCodeDeploy(function)
    codedeploy.begin()
    clients = {"sagemaker": jobs, "lambda": function, "codedeploy": codedeploy}
    teardown = Teardown(lambda name: clients.get(name) or boto3.client(name), jobs.rest)
    asked = event("Delete", PROPERTIES | {"StateMachineArns": [machine]}, PhysicalResourceId="t")
    for _ in range(2):  # a second time finds nothing to do
        assert teardown.apply(asked) == ("t", {})
    running = boto3.client("stepfunctions").list_executions(
        stateMachineArn=machine, statusFilter="RUNNING"
    )["executions"]
    assert running == []
    assert jobs.status == {
        "dev-triage-1": "Stopped", "dev-triage-0": "Completed", "x-dev-triage-1": "InProgress",
    }  # fmt: skip
    assert codedeploy.deployments["d-1"]["status"] == "Stopped"
    assert jobs.packages == {"triage": [], "churn": ["arn:churn/1"]}
    assert list(function.versions) == ["1"], "the alias holds it"
    versions = s3.list_object_versions(Bucket="lake")
    assert [v["Key"] for v in versions["Versions"]] == ["raw/churn/a.csv"]
    assert "DeleteMarkers" not in versions


def test_nothing_happens_before_the_delete(function: FakeLambda) -> None:
    def none(name: str) -> Any:
        raise AssertionError(f"asked for {name}")

    for kind in ("Create", "Update"):
        assert Teardown(none).apply(event(kind, PROPERTIES)) == ("teardown-Thing", {})


def test_a_whole_bucket_or_every_job_is_never_meant(aws: None) -> None:
    with pytest.raises(ValueError, match="a whole bucket"):
        sweeping.objects(boto3.client("s3"), "s3://lake/")
    asked = event("Delete", PROPERTIES | {"TrainingJobPrefix": ""})
    with pytest.raises(ValueError, match="TrainingJobPrefix"):
        Teardown(boto3.client).apply(asked)
