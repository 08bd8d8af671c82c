"""A stepped clock: a ten-minute bake and a day between schedules take seconds, in their order."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from conftest import LAMBDA_PYTHON, eventually, free_port, settled, zipped
from localcloud_roles import allow, make_role
from states_world import States
from test_codedeploy_lambda import SOURCE, World

import localcloud
from localcloud.config import REGION

Client = Callable[[str], Any]


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[localcloud.Running]:
    """A cloud of its own, at real speed: a step would reach what other tests left in theirs."""
    directory = tmp_path_factory.mktemp("clock")
    running = localcloud.start(localcloud.Config(free_port(), directory, 1.0, {}, LAMBDA_PYTHON))
    yield running
    localcloud.stop(directory)


@pytest.fixture(scope="module")
def client(slow: localcloud.Running) -> Client:
    keys = localcloud.credentials()
    session = boto3.Session(keys["AWS_ACCESS_KEY_ID"], keys["AWS_SECRET_ACCESS_KEY"], None, REGION)
    return lambda service: session.client(service, endpoint_url=slow.endpoint)


@pytest.fixture(scope="module")
def turn(slow: localcloud.Running) -> Callable[..., Any]:
    def post(**wanted: Any) -> Any:
        body = json.dumps(wanted).encode()
        request = urllib.request.Request(f"{slow.endpoint}/_localcloud/clock", data=body)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read())

    return post


@pytest.fixture
def queue(client: Client) -> tuple[str, str]:
    """(URL, ARN) of a queue to which everybody may send."""
    sqs = client("sqs")
    url = sqs.create_queue(QueueName=f"q-{uuid.uuid4().hex[:8]}")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    statement = {"Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    return url, arn["QueueArn"]


def drained(client: Client, url: str) -> list[str]:
    """The bodies, in the order in which they were sent."""
    found: list[tuple[int, str]] = []
    while (
        messages := client("sqs")
        .receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["SentTimestamp"]
        )
        .get("Messages")
    ):
        for message in messages:
            found.append((int(message["Attributes"]["SentTimestamp"]), message["Body"]))
            client("sqs").delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return [body for _, body in sorted(found)]


def test_three_days_of_schedules_in_their_order(
    client: Client, turn: Callable[..., Any], queue: tuple[str, str]
) -> None:
    """rate(), cron() in a time zone and at(): each as often as three days have it, by its time."""
    url, arn = queue
    role = make_role(client, "scheduler", allow("sqs:SendMessage"))
    tomorrow = (datetime.now(UTC) + timedelta(days=1, hours=12)).strftime("%Y-%m-%dT%H:%M:%S")
    hour = datetime.now(UTC) + timedelta(hours=6)
    plans = {
        "daily": (f"cron({hour.minute} {hour.hour} * * ? *)", "UTC"),
        "rated": ("rate(1 day)", "UTC"),
        "once": (f"at({tomorrow})", "UTC"),
    }
    for name, (expression, zone) in plans.items():
        client("scheduler").create_schedule(
            Name=name,
            ScheduleExpression=expression,
            ScheduleExpressionTimezone=zone,
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": arn, "RoleArn": role, "Input": json.dumps(name)},
        )
    client("events").put_rule(Name="every12h", ScheduleExpression="rate(12 hours)")
    client("events").put_targets(
        Rule="every12h", Targets=[{"Id": "q", "Arn": arn, "Input": json.dumps("half")}]
    )
    time.sleep(0.3)
    began = time.monotonic()
    before = turn(advance_seconds=0.001)["stepped_seconds"]
    after = turn(advance_seconds=3 * 86_400)["stepped_seconds"]
    assert after - before == pytest.approx(3 * 86_400)
    assert time.monotonic() - began < 5
    bodies: list[str] = []

    def all_came() -> bool:  # what a step begins is delivered soon after it
        bodies.extend(drained(client, url))
        return len(bodies) >= 13

    eventually(all_came)
    seen = [json.loads(body) for body in bodies]
    assert sorted(set(seen)) == ["daily", "half", "once", "rated"]
    assert [seen.count(name) for name in ("daily", "half", "once", "rated")] == [3, 6, 1, 3]
    assert seen[:2] == ["daily", "half"]  # after 6 and after 12 hours
    assert seen[4:7] == ["daily", "once", "half"] or seen[4:7] == ["daily", "half", "once"]
    client("events").delete_rule(Name="every12h", Force=True)
    for name in ("daily", "rated"):
        client("scheduler").delete_schedule(Name=name)


def test_timestamps_stay_real(client: Client, turn: Callable[..., Any]) -> None:
    """A step moves what is due, not the dates: services, and code, agree on them."""
    turn(advance_seconds=7 * 86_400)
    made = client("sqs").create_queue(QueueName="stamps")["QueueUrl"]
    facts = client("sqs").get_queue_attributes(QueueUrl=made, AttributeNames=["All"])
    assert abs(int(facts["Attributes"]["CreatedTimestamp"]) - time.time()) < 60


def test_a_ten_minute_bake_takes_seconds(client: Client, turn: Callable[..., Any]) -> None:
    """The alias holds 10 % up to the end of the step that completes the ten minutes."""
    role = make_role(client, "lambda")
    name = f"f-{uuid.uuid4().hex[:8]}"
    client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.14",
        Role=role,
        Handler="main.handler",
        Code={"ZipFile": zipped({"main.py": SOURCE})},
    )
    settled(client, name)
    rights = allow("lambda:*", "cloudwatch:DescribeAlarms")
    world = World(client, name, 10, make_role(client, "codedeploy", rights))
    deployment = world.deploy()
    deadline = time.monotonic() + 5
    while world.alias()[1] == {} and time.monotonic() < deadline:
        time.sleep(0.05)
    turn(advance_seconds=570)
    assert world.alias() == (world.first, {world.second: 0.1})
    turn(advance_seconds=40)
    assert world.ended(deployment)["status"] == "Succeeded"
    assert world.alias() == (world.second, {})


def test_waits_of_two_machines_end_in_the_order_of_time(
    client: Client, turn: Callable[..., Any]
) -> None:
    """Ten minutes and five, and a loop of waits inside the step; a Timestamp is reached too."""
    states = States(client, make_role(client, "states"))
    moment = datetime.now(UTC) + timedelta(seconds=turn(advance_seconds=0)["stepped_seconds"])
    stamp = (moment + timedelta(seconds=450)).isoformat().replace("+00:00", "Z")
    plans = [
        {"W": {"Type": "Wait", "Seconds": 600, "End": True}},
        {"W": {"Type": "Wait", "Seconds": 300, "End": True}},
        {
            "A": {"Type": "Wait", "Seconds": 250, "Next": "B"},
            "B": {"Type": "Wait", "Seconds": 250, "End": True},
        },
        {"W": {"Type": "Wait", "Timestamp": stamp, "End": True}},
    ]
    arns = [states.start(states.machine(plan)) for plan in plans]
    time.sleep(0.3)
    turn(advance_seconds=700)
    stopped = [states.ended(arn)["stopDate"] for arn in arns]
    order = sorted(range(len(arns)), key=lambda index: stopped[index])
    assert order == [1, 3, 2, 0]


def test_the_speed_can_be_changed_while_it_runs(client: Client, turn: Callable[..., Any]) -> None:
    states = States(client, make_role(client, "states"))
    arn = states.start(states.machine({"W": {"Type": "Wait", "Seconds": 3000, "End": True}}))
    assert turn(scale=3000)["scale"] == 3000
    assert states.ended(arn, 4)["status"] == "SUCCEEDED"
    turn(scale=1)


def test_an_alarm_forgets_what_a_step_has_left_behind(
    client: Client, turn: Callable[..., Any]
) -> None:
    """A period of five minutes is over after a step of six, and the alarm is OK again."""
    cloudwatch = client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="stepped",
        Namespace="tests",
        MetricName="stepped",
        Statistic="Sum",
        Period=300,
        EvaluationPeriods=1,
        Threshold=0,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
    )
    datum = {"MetricName": "stepped", "Value": 1.0}
    cloudwatch.put_metric_data(Namespace="tests", MetricData=[datum])

    def state() -> str:
        found = cloudwatch.describe_alarms(AlarmNames=["stepped"])["MetricAlarms"][0]
        return str(found["StateValue"])

    time.sleep(0.3)
    assert state() == "ALARM"
    turn(advance_seconds=120)
    time.sleep(0.3)
    assert state() == "ALARM"
    turn(advance_seconds=240)
    time.sleep(0.3)
    assert state() == "OK"


@pytest.mark.parametrize("wrong", [b"{}", b'{"advance_seconds": -1}', b'{"scale": 0}', b"no"])
def test_what_the_clock_cannot_do_is_refused(slow: localcloud.Running, wrong: bytes) -> None:
    request = urllib.request.Request(f"{slow.endpoint}/_localcloud/clock", data=wrong)
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request, timeout=5)
    assert caught.value.code == 400


def test_the_page_tells_the_clock(slow: localcloud.Running) -> None:
    with urllib.request.urlopen(f"{slow.endpoint}/_localcloud/clock", timeout=5) as answer:
        found = json.loads(answer.read())
    assert set(found) == {"scale", "elapsed_seconds", "stepped_seconds"}
