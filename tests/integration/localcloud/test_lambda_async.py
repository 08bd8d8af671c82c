"""Asynchronous invocations: retries on the clock, dead letters, destinations, throttles."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from conftest import eventually
from localcloud_wires import ARN, Client, arn_of, bodies, make_queue, messages, unique

Function = Callable[..., str]
SOURCE = """
    def handler(event, context):
        print(f"RUN {event['id']} {context.aws_request_id}")
        if event.get("fail"):
            raise ValueError(event["id"])
        return {"done": event["id"]}
"""


@pytest.fixture(scope="module")
def worker(function: Function) -> str:
    return function(SOURCE)


def send(client: Client, name: str, **event: Any) -> str:
    event = {"id": unique("e"), **event}
    answer = client("lambda").invoke(
        FunctionName=name, InvocationType="Event", Payload=json.dumps(event)
    )
    assert (answer["StatusCode"], answer["Payload"].read()) == (202, b"")
    return str(event["id"])


def runs(client: Client, name: str, event: str) -> list[str]:
    """The request ids under which the event was run."""
    try:
        found = client("logs").filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
    except client("logs").exceptions.ResourceNotFoundException:
        return []
    lines = [line["message"].split() for line in found if line["message"].startswith("RUN ")]
    return [line[2] for line in lines if line[1] == event]


def configure(client: Client, name: str, **settings: Any) -> None:
    client("lambda").put_function_event_invoke_config(FunctionName=name, **settings)


def test_a_failing_event_is_tried_three_times_and_becomes_a_dead_letter(
    client: Client, function: Function
) -> None:
    """A minute and two minutes apart on the clock (3 s here), always under one request id."""
    url = make_queue(client)
    name = function(SOURCE, DeadLetterConfig={"TargetArn": arn_of(url)})
    began = time.monotonic()
    event = send(client, name, fail=True)
    letter = messages(client, url)[0]
    assert 2.8 < time.monotonic() - began < 6
    assert json.loads(letter["Body"]) == {"id": event, "fail": True}
    attributes = {k: v["StringValue"] for k, v in letter["MessageAttributes"].items()}
    tried = runs(client, name, event)
    assert len(tried) == 3
    assert attributes == {"RequestID": tried[0], "ErrorCode": "200", "ErrorMessage": event}
    assert len(set(tried)) == 1


def test_destinations_get_awss_envelope(client: Client, worker: str) -> None:
    good, bad = make_queue(client), make_queue(client)
    configure(
        client,
        worker,
        MaximumRetryAttempts=0,
        DestinationConfig={
            "OnSuccess": {"Destination": arn_of(good)},
            "OnFailure": {"Destination": arn_of(bad)},
        },
    )
    well, ill = send(client, worker), send(client, worker, fail=True)
    success, failure = bodies(client, good)[0], bodies(client, bad)[0]
    arn = ARN.format("lambda", f"function:{worker}:$LATEST")
    for record, condition in ((success, "Success"), (failure, "RetriesExhausted")):
        assert record["version"] == "1.0"
        assert record["requestContext"].pop("requestId")
        assert record["requestContext"] == {
            "functionArn": arn,
            "condition": condition,
            "approximateInvokeCount": 1,
        }
    assert success["requestPayload"] == {"id": well}
    assert success["responsePayload"] == {"done": well}
    assert success["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST"}
    assert failure["responseContext"]["functionError"] == "Unhandled"
    assert failure["responsePayload"]["errorType"] == "ValueError"
    assert failure["requestPayload"] == {"id": ill, "fail": True}


@pytest.mark.parametrize("kind", ["sns", "lambda", "events", "s3"])
def test_a_destination_may_be_of_each_kind(client: Client, function: Function, kind: str) -> None:
    name, url = function(SOURCE), make_queue(client)
    if kind == "sns":
        target = client("sns").create_topic(Name=name)["TopicArn"]
        client("sns").subscribe(
            TopicArn=target,
            Protocol="sqs",
            Endpoint=arn_of(url),
            Attributes={"RawMessageDelivery": "true"},
        )
    elif kind == "events":
        target = ARN.format("events", "event-bus/default")
        pattern = {"source": ["lambda"], "detail": {"requestPayload": {"id": [{"exists": True}]}}}
        client("events").put_rule(Name=name, EventPattern=json.dumps(pattern))
        client("events").put_targets(Rule=name, Targets=[{"Id": "q", "Arn": arn_of(url)}])
    elif kind == "s3":
        target = f"arn:aws:s3:::{name}"
        client("s3").create_bucket(Bucket=name)
    else:
        target = ARN.format("lambda", f"function:{_second(client, function, url)}")
    on = "OnFailure"
    configure(client, name, MaximumRetryAttempts=0, DestinationConfig={on: {"Destination": target}})
    event = send(client, name, fail=True)
    if kind == "s3":
        found = eventually(lambda: client("s3").list_objects_v2(Bucket=name).get("Contents"))
        assert found[0]["Key"].startswith(f"aws/lambda/async/{name}/")
        record = json.loads(
            client("s3").get_object(Bucket=name, Key=found[0]["Key"])["Body"].read()
        )
    else:
        record = bodies(client, url)[0]
    if kind == "events":
        client("events").remove_targets(Rule=name, Ids=["q"])
        assert record["detail-type"] == "Lambda Function Invocation Result - Failure"
        record = record["detail"]
    if kind == "lambda":
        record = record["requestPayload"]  # of the second function, which got the first one's
    assert record["requestPayload"]["id"] == event
    assert record["requestContext"]["condition"] == "RetriesExhausted"


def _second(client: Client, function: Function, url: str) -> str:
    """A function that hands on what it gets to a queue as its own destination."""
    name = function("def handler(event, context): raise ValueError(event)\n")
    configure(
        client,
        name,
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": arn_of(url)}},
    )
    return name


def test_a_throttled_event_waits_and_runs_when_there_is_room(
    client: Client, function: Function
) -> None:
    """One at a time: three events that take 0.3 s each all run, none is lost or run twice."""
    name = function(
        SOURCE.replace("def handler", "import time\n    def handler").replace(
            "        print(", "        time.sleep(0.3)\n        print("
        )
    )
    client("lambda").put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=1)
    events = [send(client, name) for _ in range(3)]
    eventually(lambda: all(runs(client, name, event) for event in events))
    assert [len(runs(client, name, event)) for event in events] == [1, 1, 1]


def test_an_event_of_a_function_without_concurrency_is_given_up_at_once(
    client: Client, function: Function
) -> None:
    url = make_queue(client)
    name = function(SOURCE, DeadLetterConfig={"TargetArn": arn_of(url)})
    client("lambda").put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    send(client, name)
    letter = messages(client, url)[0]
    assert letter["MessageAttributes"]["ErrorCode"]["StringValue"] == "429"


def test_an_event_that_has_grown_too_old_is_not_tried_again(
    client: Client, function: Function
) -> None:
    name, url = function(SOURCE), make_queue(client)
    configure(
        client,
        name,
        MaximumEventAgeInSeconds=60,  # the first retry would be older
        DestinationConfig={"OnFailure": {"Destination": arn_of(url)}},
    )
    send(client, name, fail=True)
    record = bodies(client, url)[0]
    assert record["requestContext"]["condition"] == "EventAgeExceeded"
    assert record["requestContext"]["approximateInvokeCount"] == 1


def test_an_alias_has_its_own_settings(client: Client, function: Function) -> None:
    name, url = function(SOURCE), make_queue(client)
    version = client("lambda").publish_version(FunctionName=name)["Version"]
    client("lambda").create_alias(FunctionName=name, Name="live", FunctionVersion=version)
    client("lambda").put_function_event_invoke_config(
        FunctionName=name,
        Qualifier="live",
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": arn_of(url)}},
    )
    send(client, f"{name}:live", fail=True)
    record = bodies(client, url)[0]
    assert record["requestContext"]["functionArn"].endswith(f":function:{name}:live")
    assert record["responseContext"]["executedVersion"] == version
