"""CDK apps that know nothing of Penstock live a whole life in the local cloud."""

import collections
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from foreign.cloud import ROOT, Cloud, deployment, free_port, message, started, stopped

APP = Path(__file__).parent / "foreign" / "app.py"


@pytest.fixture(scope="module")
def assemblies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("assemblies")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    quiet = {"JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1", "PATH": path}
    done = subprocess.run(
        [sys.executable, str(APP), str(out)],
        cwd=ROOT, env=os.environ | quiet, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return out


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory, assemblies: Path) -> Iterator[Cloud]:
    directory = tmp_path_factory.mktemp("foreign")
    port = free_port()
    made = Cloud(started(directory, port), port, directory, assemblies)
    made.bootstrap()
    yield made
    stopped(directory)


@dataclass
class Life:
    """What happened to the apps, step after step; the tests look at it."""

    before: dict[str, list[str]]
    measured: dict[str, str] = field(default_factory=dict)
    retention: int = 0
    dead: list[str] = field(default_factory=list)
    versions: dict[str, collections.Counter[str]] = field(default_factory=dict)
    labels: list[str] = field(default_factory=list)
    difference: str = ""
    failure: str = ""
    unmade: str = ""
    deployments: list[dict[str, Any]] = field(default_factory=list)
    alias: dict[str, Any] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    status: str = ""
    given: str = ""
    after: dict[str, list[str]] = field(default_factory=dict)


def eventually(look: Callable[[], Any], seconds: float = 20.0) -> Any:
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, f"nothing came of {look} in {seconds:g} s"
        time.sleep(0.1)
    return found


@pytest.fixture(scope="module")
def life(cloud: Cloud) -> Life:
    told = Life(cloud.resources())
    cloud.deploy("first")
    collect(cloud, told, "first")
    name = "/provided/by-a-call"
    told.given = cloud.client("ssm").get_parameter(Name=name)["Parameter"]["Value"]
    work(cloud, told)
    with traffic(cloud):
        cloud.deploy("second")
    told.versions["second"] = versions(cloud)
    told.dead = died(cloud)
    collect(cloud, told, "second")
    told.difference = cloud.cdk("diff", app="second")
    unmade = cloud.start(*deployment("Provided"), app="broken")  # two at once save seconds
    with traffic(cloud):
        told.failure = cloud.deploy("broken", "Worker", code=1)
    told.unmade, _ = unmade.communicate(timeout=60)
    told.versions["broken"] = versions(cloud)
    shipped(cloud, told)
    cloud.cdk("destroy", "--all", "--force", app="second")
    told.after = cloud.resources()
    return told


def collect(cloud: Cloud, told: Life, version: str) -> None:
    names, key = cloud.outputs("Collector"), f"inbox/{version} file.txt"
    cloud.client("s3").put_object(Bucket=names["Bucket"], Key=key, Body=b"12345")
    cloud.client("s3").put_object(Bucket=names["Bucket"], Key=f"other/{version}", Body=b"no")
    table = cloud.client("dynamodb")
    wanted = {"TableName": names["Table"], "Key": {"key": {"S": key}}}
    item = eventually(lambda: table.get_item(**wanted).get("Item"))
    told.measured[key] = item["size"]["N"]
    told.labels.append(item["label"]["S"])
    assert table.scan(TableName=names["Table"])["Count"] == len(told.labels)
    groups = cloud.client("logs").describe_log_groups(logGroupNamePrefix=names["LogGroup"])
    told.retention = groups["logGroups"][0]["retentionInDays"]


def work(cloud: Cloud, told: Life) -> None:
    """Some good messages and a bad one in one batch: only the bad one may come again, and die."""
    names, sqs = cloud.outputs("Worker"), cloud.client("sqs")
    bodies = [message(id="a"), message(poison=True, id="bad"), message(id="b")]
    entries = [{"Id": str(n), "MessageBody": body} for n, body in enumerate(bodies)]
    sqs.send_message_batch(QueueUrl=names["QueueName"], Entries=entries)
    eventually(lambda: sum(versions(cloud).values()) == 2)


def died(cloud: Cloud) -> list[str]:
    sqs, url = cloud.client("sqs"), cloud.outputs("Worker")["DeadName"]
    found = eventually(lambda: sqs.receive_message(QueueUrl=url).get("Messages"))
    return [one["Body"] for one in found]


@contextmanager
def traffic(cloud: Cloud) -> Iterator[None]:
    """Messages come all the time while something is deployed."""
    sqs, url = cloud.client("sqs"), cloud.outputs("Worker")["QueueName"]
    ended = threading.Event()

    def send() -> None:
        while not ended.wait(0.03):
            sqs.send_message(QueueUrl=url, MessageBody=message(id=uuid.uuid4().hex))

    sender = threading.Thread(target=send)
    sender.start()
    try:
        yield
    finally:
        ended.set()
        sender.join()


def versions(cloud: Cloud) -> collections.Counter[str]:
    pages = cloud.client("dynamodb").get_paginator("scan")
    name = cloud.outputs("Worker")["TableName"]
    items = [item for page in pages.paginate(TableName=name) for item in page["Items"]]
    return collections.Counter(item["version"]["S"] for item in items)


def shipped(cloud: Cloud, told: Life) -> None:
    names, deploy = cloud.outputs("Worker"), cloud.client("codedeploy")
    for one in reversed(deploy.list_deployments()["deployments"]):
        told.deployments.append(deploy.get_deployment(deploymentId=one)["deploymentInfo"])
    functions, name = cloud.client("lambda"), names["FunctionName"]
    told.alias = functions.get_alias(FunctionName=name, Name="live")
    config = functions.get_function_configuration(FunctionName=name)
    told.variables = config["Environment"]["Variables"]
    stacks = cloud.client("cloudformation").describe_stacks(StackName="Worker")["Stacks"]
    told.status = stacks[0]["StackStatus"]


def test_an_uploaded_object_is_measured_under_its_prefix_only(life: Life) -> None:
    assert life.measured == {"inbox/first file.txt": "5", "inbox/second file.txt": "5"}


def test_a_second_deployment_changes_the_function_in_place(life: Life) -> None:
    assert life.labels == ["first", "second"]


def test_cdks_own_node_function_sets_the_log_retention(life: Life) -> None:
    assert life.retention == 7


def test_only_the_failed_message_of_a_batch_comes_again_and_dies(life: Life) -> None:
    assert life.dead == [message(poison=True, id="bad")]


def test_a_new_version_takes_traffic_by_codedeploys_canary(life: Life) -> None:
    first, *_ = life.deployments
    assert (first["status"], first["creator"]) == ("Succeeded", "CloudFormation")
    assert first["deploymentConfigName"].startswith("Worker-Third"), "a configuration of its own"
    seen = life.versions["second"]
    assert seen["1"] > 2, "the old version worked on while the new one was a canary"
    assert seen["2"] > 2


def test_a_deployed_app_shows_no_difference(life: Life) -> None:
    assert "Number of stacks with differences: 0" in life.difference


def test_a_bad_version_is_stopped_by_the_alarm_and_the_cli_says_so(life: Life) -> None:
    _, bad, back = life.deployments
    assert (bad["status"], bad["errorInformation"]["code"]) == ("Stopped", "ALARM_ACTIVE")
    assert (back["status"], back["creator"]) == ("Succeeded", "codeDeployRollback")
    assert "Live" in life.failure
    assert f"CodeDeploy deployment {bad['deploymentId']} stopped" in life.failure


def test_the_rolled_back_stack_runs_what_it_ran_before(life: Life) -> None:
    assert life.status == "UPDATE_ROLLBACK_COMPLETE"
    assert life.alias["FunctionVersion"] == "2"
    assert not life.alias.get("RoutingConfig")
    assert life.variables["VERSION"] == "second"
    assert set(life.versions["broken"]) == {"1", "2"}


def test_cdks_provider_waits_until_complete_and_its_call_of_an_api_is_made(life: Life) -> None:
    """Both frameworks are Node functions; the first asks again by a state machine of its own."""
    assert life.given == "hello"


def test_a_custom_resource_that_fails_is_named_with_its_reason(life: Life) -> None:
    assert "Provided failed to deploy" in life.unmade
    assert "Slow" in life.unmade
    assert "it will never be complete" in life.unmade


def test_nothing_of_the_apps_remains(life: Life) -> None:
    assert life.after == life.before


def test_a_server_killed_in_mid_deployment(cloud: Cloud, life: Life) -> None:
    """The CLI ends with an error; a new server in the same directory deploys again."""
    assert life.after == life.before  # runs last: it takes the cloud's server away
    cloud.deploy("first", "Worker")
    child = cloud.start("deploy", "Worker", "--require-approval", "never", app="second")
    deploy = cloud.client("codedeploy")
    eventually(lambda: deploy.list_deployments(includeOnlyStatuses=["InProgress"])["deployments"])
    os.kill(cloud.running.pid, signal.SIGKILL)
    eventually(lambda: not alive(cloud.running.pid))
    cloud.running = started(cloud.directory, cloud.port)
    output, _ = child.communicate(timeout=60)
    assert child.returncode != 0, output[-3000:]
    cloud.bootstrap()
    cloud.deploy("second", "Worker")
    assert cloud.outputs("Worker")["FunctionName"].startswith("Worker-Function")


def alive(group: int) -> bool:
    """Whether any process of the server's group is left, its functions among them."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _parent, its_group = stat.read_text().rpartition(")")[2].split()[:3]
            if its_group == str(group) and state != "Z":  # a dead one that we have not waited for
                return True
    return False
