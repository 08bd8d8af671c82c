"""Retries, time-outs, callbacks, activities: what a state does when the answer is late or wrong."""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from conftest import TIME_SCALE, eventually
from states_world import Client, States, passing


@pytest.fixture(scope="module")
def states(client: Client, role: str) -> States:
    return States(client, role)


@pytest.fixture(scope="module")
def failing(function: Callable[..., str]) -> str:
    """Fails as the event says, and tells nothing else."""
    return function(
        """
        class Odd(Exception): pass
        class Other(Exception): pass
        def handler(event, context):
            raise {"Odd": Odd, "Other": Other}[event["error"]]("no")
        """
    )


def invoke(function: str, **fields: Any) -> dict[str, Any]:
    parameters = {"FunctionName": function, "Payload.$": "$"}
    resource = "arn:aws:states:::lambda:invoke"
    return {
        "Type": "Task",
        "Resource": resource,
        "Parameters": parameters,
        "End": True,
        **fields,
    }


def test_each_retrier_counts_its_own_attempts_and_waits_longer(
    states: States, failing: str
) -> None:
    """IntervalSeconds times BackoffRate, up to MaxDelaySeconds, on the clock; then the Catch."""
    retry = [
        {"ErrorEquals": ["Other"], "MaxAttempts": 9},
        {
            "ErrorEquals": ["Odd"],
            "IntervalSeconds": 10,
            "BackoffRate": 3,
            "MaxAttempts": 3,
            "MaxDelaySeconds": 40,
        },
    ]
    catch = [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.caught", "Next": "Done"}]
    task = invoke(failing, Retry=retry, Catch=catch)
    arn = states.start(states.machine({"T": task, "Done": passing()}), {"error": "Odd"})
    output = json.loads(states.ended(arn)["output"])
    assert (output["error"], output["caught"]["Error"]) == ("Odd", "Odd")
    events = states.events(arn)
    gaps = [
        (after["timestamp"] - before["timestamp"]).total_seconds() * TIME_SCALE
        for before, after in itertools.pairwise(events)
        if (before["type"], after["type"]) == ("TaskFailed", "TaskScheduled")
    ]
    assert len(gaps) == 3
    for gap, wanted in zip(gaps, (10, 30, 40), strict=True):
        assert wanted - 1 <= gap < wanted + TIME_SCALE  # a real second for a busy machine


def test_task_failed_takes_every_error_but_time_outs(
    states: States, function: Callable[..., str], failing: str
) -> None:
    catch = [{"ErrorEquals": ["States.TaskFailed"], "Next": "Done"}]
    caught = states.run({"T": invoke(failing, Catch=catch), "Done": passing()}, {"error": "Odd"})
    assert caught["status"] == "SUCCEEDED"
    slow = function("import time\ndef handler(event, context): time.sleep(4)\n")
    late = invoke(slow, Catch=catch, TimeoutSeconds=1)
    facts = states.run({"T": late, "Done": passing()})
    assert (facts["status"], facts["error"]) == ("FAILED", "States.Timeout")


def test_a_wait_follows_the_clock_and_a_timestamp_does_not(states: States) -> None:
    """Seconds are a duration, and shrink; a Timestamp is a point in time, and does not."""
    began = time.monotonic()
    states.output({"W": {"Type": "Wait", "SecondsPath": "$.s", "End": True}}, {"s": 60})
    assert 0.9 < time.monotonic() - began < 3
    moment = datetime.now(UTC) + timedelta(seconds=1.5)
    wait = {"Type": "Wait", "TimestampPath": "$.at", "End": True}
    states.output({"W": wait}, {"at": moment.isoformat().replace("+00:00", "Z")})
    assert datetime.now(UTC) >= moment


def test_the_machines_time_out_ends_the_execution(states: States) -> None:
    facts = states.run({"W": {"Type": "Wait", "Seconds": 6000, "End": True}}, TimeoutSeconds=30)
    assert (facts["status"], facts["error"]) == ("TIMED_OUT", "States.Timeout")


def waiting(queue: str, **fields: Any) -> dict[str, Any]:
    body = {"token.$": "$$.Task.Token"}
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": {"QueueUrl": queue, "MessageBody": body},
        "End": True,
        **fields,
    }


@pytest.fixture
def queue(client: Client) -> str:
    return str(client("sqs").create_queue(QueueName=f"q-{time.monotonic_ns()}")["QueueUrl"])


def received(client: Client, queue: str) -> str:
    def message() -> Any:
        return client("sqs").receive_message(QueueUrl=queue).get("Messages")

    return str(json.loads(eventually(message)[0]["Body"])["token"])


def test_a_callback_ends_the_task_with_its_output(
    client: Client, states: States, queue: str
) -> None:
    """The history tells TaskSubmitted, a second answer is refused, an unknown token too."""
    arn = states.start(states.machine({"T": waiting(queue)}))
    token = received(client, queue)
    states.api.send_task_success(taskToken=token, output='{"rows": 3}')
    assert json.loads(states.ended(arn)["output"]) == {"rows": 3}
    assert "TaskSubmitted" in states.kinds(arn)
    for wrong, code in ((token, "TaskTimedOut"), ("nobody's", "InvalidToken")):
        with pytest.raises(ClientError) as caught:
            states.api.send_task_success(taskToken=wrong, output="{}")
        assert caught.value.response["Error"]["Code"] == code


def test_a_callback_may_fail_the_task(client: Client, states: States, queue: str) -> None:
    arn = states.start(states.machine({"T": waiting(queue)}))
    token = received(client, queue)
    states.api.send_task_failure(taskToken=token, error="Own", cause="because")
    facts = states.ended(arn)
    assert (facts["error"], facts["cause"]) == ("Own", "because")


def test_a_missed_heartbeat_ends_the_wait_and_a_heartbeat_prolongs_it(
    client: Client, states: States, queue: str
) -> None:
    task = waiting(queue, HeartbeatSeconds=60)
    arn = states.start(states.machine({"T": task}))
    token = received(client, queue)
    for _ in range(4):  # 2 real seconds, which are two minutes of the clock
        time.sleep(0.5)
        states.api.send_task_heartbeat(taskToken=token)
    assert states.api.describe_execution(executionArn=arn)["status"] == "RUNNING"
    assert states.ended(arn)["error"] == "States.HeartbeatTimeout"
    assert "TaskTimedOut" in states.kinds(arn)


def test_a_function_that_fails_does_not_wait_for_its_token(states: States, failing: str) -> None:
    task = invoke(failing)
    task["Resource"] += ".waitForTaskToken"
    task["Parameters"] = {
        "FunctionName": failing,
        "Payload": {"error": "Odd", "token.$": "$$.Task.Token"},
    }
    assert states.run({"T": task})["error"] == "Odd"


def test_an_activity_is_done_by_a_worker(states: States) -> None:
    """The worker gets input and token; the history names it; without a worker nothing happens."""
    activity = states.api.create_activity(name=f"a-{time.monotonic_ns()}")["activityArn"]
    task = {"Type": "Task", "Resource": activity, "TimeoutSeconds": 3000, "End": True}
    arn = states.start(states.machine({"T": task}), {"n": 1})
    work = states.api.get_activity_task(activityArn=activity, workerName="me")
    assert json.loads(work["input"]) == {"n": 1}
    states.api.send_task_success(taskToken=work["taskToken"], output="2")
    assert states.ended(arn)["output"] == "2"
    started = next(e for e in states.events(arn) if e["type"] == "ActivityStarted")
    assert started["activityStartedEventDetails"] == {"workerName": "me"}


def test_stopping_ends_what_waits_at_once(client: Client, states: States, queue: str) -> None:
    """The token is no longer good, nothing is written to the history any more."""
    branches = [
        {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60_000, "End": True}}},
        {"StartAt": "T", "States": {"T": waiting(queue)}},
    ]
    arn = states.start(
        states.machine({"P": {"Type": "Parallel", "Branches": branches, "End": True}})
    )
    token = received(client, queue)
    states.api.stop_execution(executionArn=arn, error="Mine", cause="enough")
    facts = states.api.describe_execution(executionArn=arn)
    assert (facts["status"], facts["error"], facts["cause"]) == ("ABORTED", "Mine", "enough")
    assert states.kinds(arn)[-1] == "ExecutionAborted"

    def gone() -> bool:
        try:
            states.api.send_task_heartbeat(taskToken=token)
        except ClientError as error:
            return bool(error.response["Error"]["Code"] == "TaskTimedOut")
        return False

    assert eventually(gone)


def test_a_branch_that_fails_ends_the_others_and_the_whole_can_be_retried(
    states: States, failing: str
) -> None:
    """The waiting branch does not hold the failure up; Retry and Catch see the branch's error."""
    branches = [
        {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60_000, "End": True}}},
        {"StartAt": "T", "States": {"T": invoke(failing)}},
    ]
    parallel = {
        "Type": "Parallel",
        "Branches": branches,
        "Retry": [{"ErrorEquals": ["Odd"], "MaxAttempts": 1}],
        "Catch": [{"ErrorEquals": ["Odd"], "ResultPath": None, "Next": "Done"}],
        "End": True,
    }
    arn = states.start(states.machine({"P": parallel, "Done": passing()}), {"error": "Odd"})
    assert json.loads(states.ended(arn)["output"]) == {"error": "Odd"}
    assert states.kinds(arn).count("ParallelStateFailed") == 2


def test_two_hundred_executions_at_the_same_time(states: States) -> None:
    """All of them end, each with its own data, while every one of them waits in two branches."""
    branch = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60, "End": True}}}
    parallel = {"Type": "Parallel", "Branches": [branch, branch], "OutputPath": "$[0]", "End": True}
    machine = states.machine({"P": parallel})
    started: list[str] = []

    def start(first: int) -> None:
        started.extend(states.start(machine, {"n": n}) for n in range(first, first + 50))

    threads = [threading.Thread(target=start, args=(n,)) for n in range(0, 200, 50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ended = [states.ended(arn, 20) for arn in started]
    assert {facts["status"] for facts in ended} == {"SUCCEEDED"}
    assert sorted(json.loads(facts["output"])["n"] for facts in ended) == list(range(200))
