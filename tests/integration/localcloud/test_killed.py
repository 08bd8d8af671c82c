"""A server that is killed leaves no process; the next one ends what it had begun, as on AWS."""

from __future__ import annotations

import contextlib
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import eventually
from localcloud_endpoints import ask, config, model, settled, variant
from localcloud_jobs import described, train
from localcloud_kept import Cloud, alive, below

import localcloud

# Starts a daemon of its own session, which no process group ends, and trains for a minute.
DAEMON = """
    import subprocess, sys, time
    subprocess.Popen(["sleep", "600"], start_new_session=True)
    print("training", flush=True)
    time.sleep(60)
"""
SLOW = """
    import time
    def handler(event, context):
        time.sleep(event.get("seconds", 50))
        return event
"""
WAIT = {"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 86400, "End": True}}}


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """A cloud killed in the middle of everything, and up again."""
    cloud = Cloud(tmp_path_factory.mktemp("killed"))
    try:
        made: dict[str, Any] = {"cloud": cloud, "role": cloud.role()}
        cloud.client("s3").create_bucket(Bucket="killed-bucket")
        cloud.function("slow", SLOW, made["role"])
        _endpoint(cloud, made)
        made["job"] = train(cloud.client, "killed-bucket", made["role"], DAEMON)
        made["deployment"] = _canary(cloud, made["role"])
        made["execution"] = _execution(cloud, made["role"])
        _stack(cloud)
        cloud.client("lambda").invoke(FunctionName="slow", InvocationType="Event", Payload=b"{}")
        eventually(lambda: described(cloud.client, made["job"])["SecondaryStatus"] == "Training")
        eventually(lambda: _weights(cloud) == {"2": 0.1})
        eventually(lambda: "sleep" in _programs(below(cloud.running.pid)))
        cloud.saved()
        made["had"] = cloud.kill()
        made["left"] = [pid for pid in made["had"] if alive(pid)]
        cloud.up()
        yield made
    finally:
        cloud.down()


def _endpoint(cloud: Cloud, made: dict[str, Any]) -> None:
    made["model"] = model(cloud.client, "killed-bucket", made["role"])
    cloud.client("sagemaker").create_endpoint(
        EndpointName="served",
        EndpointConfigName=config(cloud.client, variant(made["model"])),
    )
    assert settled(cloud.client, "served")["EndpointStatus"] == "InService"


def _programs(pids: list[int]) -> list[str]:
    found = []
    for pid in pids:
        with contextlib.suppress(OSError):
            found.append(Path(f"/proc/{pid}/comm").read_text().strip())
    return found


def _canary(cloud: Cloud, role: str) -> str:
    """In its bake of an hour, with a tenth of the traffic on version 2."""
    lambda_, deploy = cloud.client("lambda"), cloud.client("codedeploy")
    cloud.function("canary", "def handler(event, context): return 1", role)
    lambda_.publish_version(FunctionName="canary")
    lambda_.update_function_configuration(FunctionName="canary", Description="second")
    eventually(
        lambda: (
            lambda_.get_function_configuration(FunctionName="canary")["LastUpdateStatus"]
            == "Successful"
        )
    )
    lambda_.publish_version(FunctionName="canary")
    lambda_.create_alias(FunctionName="canary", Name="live", FunctionVersion="1")
    deploy.create_application(applicationName="canary", computePlatform="Lambda")
    deploy.create_deployment_group(
        applicationName="canary",
        deploymentGroupName="canary",
        serviceRoleArn=role,
        deploymentConfigName="CodeDeployDefault.LambdaCanary10Percent30Minutes",
        autoRollbackConfiguration={"enabled": True, "events": ["DEPLOYMENT_FAILURE"]},
    )
    return _deploy(cloud)


def _deploy(cloud: Cloud) -> str:
    properties = {
        "Name": "canary",
        "Alias": "live",
        "CurrentVersion": "1",
        "TargetVersion": "2",
    }
    resource = {"Type": "AWS::Lambda::Function", "Properties": properties}
    content = {"version": 0.0, "Resources": [{"function": resource}]}
    made = cloud.client("codedeploy").create_deployment(
        applicationName="canary",
        deploymentGroupName="canary",
        revision={
            "revisionType": "AppSpecContent",
            "appSpecContent": {"content": json.dumps(content)},
        },
    )
    return str(made["deploymentId"])


def _weights(cloud: Cloud) -> dict[str, float]:
    alias = cloud.client("lambda").get_alias(FunctionName="canary", Name="live")
    found: dict[str, float] = alias.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})
    return found


def _execution(cloud: Cloud, role: str) -> str:
    states = cloud.client("stepfunctions")
    machine = states.create_state_machine(name="waits", definition=json.dumps(WAIT), roleArn=role)[
        "stateMachineArn"
    ]
    return str(states.start_execution(stateMachineArn=machine)["executionArn"])


def _stack(cloud: Cloud) -> None:
    """In the middle of its creation: its custom resource does not answer."""
    function = "arn:aws:lambda:us-east-1:000000000000:function:slow"
    template = {
        "Resources": {
            "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "half-made"}},
            "Custom": {
                "Type": "Custom::Slow",
                "Properties": {"ServiceToken": function},
                "DependsOn": "Bucket",
            },
        }
    }
    cloud.client("cloudformation").create_stack(StackName="half", TemplateBody=json.dumps(template))
    eventually(lambda: "half-made" in cloud.buckets())


def test_no_process_is_left_not_even_a_daemon(killed: dict[str, Any]) -> None:
    assert len(killed["had"]) >= 6  # the server, two workers, two supervisors, their programs
    assert killed["left"] == []


def test_a_training_fails_with_an_internal_error(killed: dict[str, Any]) -> None:
    facts = described(killed["cloud"].client, killed["job"])
    assert facts["TrainingJobStatus"] == "Failed"
    assert facts["FailureReason"].startswith("InternalServerError")


def test_an_execution_fails_and_can_be_redriven(killed: dict[str, Any]) -> None:
    states = killed["cloud"].client("stepfunctions")
    facts = states.describe_execution(executionArn=killed["execution"])
    assert (facts["status"], facts["error"]) == ("FAILED", "States.Runtime")
    assert facts["redriveStatus"] == "REDRIVABLE"
    history = states.get_execution_history(executionArn=killed["execution"])["events"]
    assert history[-1]["type"] == "ExecutionFailed"
    states.redrive_execution(executionArn=killed["execution"])
    facts = states.describe_execution(executionArn=killed["execution"])
    assert facts["status"] == "RUNNING"
    states.stop_execution(executionArn=killed["execution"])


def test_a_canary_is_rolled_back_and_the_next_one_runs(killed: dict[str, Any]) -> None:
    cloud = killed["cloud"]
    deploy = cloud.client("codedeploy")

    def info(name: str) -> Any:
        return deploy.get_deployment(deploymentId=name)["deploymentInfo"]

    assert info(killed["deployment"])["status"] == "Failed"
    assert info(killed["deployment"])["errorInformation"]["code"] == "INTERNAL_ERROR"
    back = info(killed["deployment"])["rollbackInfo"]["rollbackDeploymentId"]
    eventually(lambda: info(back)["status"] == "Succeeded")
    assert _weights(cloud) == {}
    again = _deploy(cloud)
    eventually(lambda: _weights(cloud) == {"2": 0.1})
    deploy.stop_deployment(deploymentId=again, autoRollbackEnabled=True)
    eventually(lambda: _weights(cloud) == {})


def test_a_half_made_stack_is_rolled_back_and_made_anew(killed: dict[str, Any]) -> None:
    cloud = killed["cloud"]
    api = cloud.client("cloudformation")

    def status() -> str:
        return str(api.describe_stacks(StackName="half")["Stacks"][0]["StackStatus"])

    eventually(lambda: status() == "ROLLBACK_COMPLETE")
    assert "half-made" not in cloud.buckets()
    reasons = [
        event.get("ResourceStatusReason", "")
        for event in api.describe_stack_events(StackName="half")["StackEvents"]
    ]
    assert any("ended during the operation" in reason for reason in reasons)
    api.delete_stack(StackName="half")
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "half-made"}}
    body = json.dumps({"Resources": {"Bucket": bucket}})

    def created() -> bool:
        with contextlib.suppress(api.exceptions.AlreadyExistsException):
            api.create_stack(StackName="half", TemplateBody=body)
            return True
        return False

    eventually(created)
    eventually(lambda: status() == "CREATE_COMPLETE")


def test_an_endpoint_is_served_again(killed: dict[str, Any]) -> None:
    cloud = killed["cloud"]
    assert settled(cloud.client, "served")["EndpointStatus"] == "InService"
    assert ask(cloud.client, "served")["name"] == killed["model"]


def test_an_event_that_was_under_way_is_run_again(killed: dict[str, Any]) -> None:
    """At least once, as AWS says; a function that was busy answers the next call."""
    cloud = killed["cloud"]
    assert cloud.invoke("slow", Payload=b'{"seconds": 0}') == {"seconds": 0}
    eventually(lambda: len(_workers(cloud)) >= 2)


def _workers(cloud: Cloud) -> list[int]:
    found = []
    for pid in below(cloud.running.pid):
        with contextlib.suppress(OSError):
            if "lambda_bootstrap" in Path(f"/proc/{pid}/cmdline").read_text():
                found.append(pid)
    return found


def test_a_server_without_its_guardian_ends_with_all_that_it_started(tmp_path: Path) -> None:
    cloud = Cloud(tmp_path)
    try:
        cloud.function("slow", SLOW, cloud.role())
        cloud.client("lambda").invoke(FunctionName="slow", InvocationType="Event", Payload=b"{}")
        eventually(lambda: _workers(cloud))
        had = below(cloud.running.pid)
        assert cloud.running.guardian is not None
        os.kill(cloud.running.guardian, signal.SIGKILL)
        eventually(lambda: not [pid for pid in had if alive(pid)])
        assert localcloud.find(tmp_path) is None
        cloud.up()
        assert cloud.invoke("slow", Payload=b'{"seconds": 0}') == {"seconds": 0}
    finally:
        cloud.down()
