"""Topics: filters on attributes and bodies, raw delivery, functions, dead letters."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from localcloud_wires import (
    ECHO,
    Client,
    allow_invoke,
    arn_of,
    bodies,
    logged_with,
    make_queue,
    messages,
    unique,
)

Function = Callable[..., str]


@pytest.fixture
def topic(client: Client) -> str:
    return str(client("sns").create_topic(Name=unique("t"))["TopicArn"])


def subscribe(client: Client, topic: str, protocol: str, endpoint: str, **settings: Any) -> None:
    attributes = {k: v if isinstance(v, str) else json.dumps(v) for k, v in settings.items()}
    client("sns").subscribe(
        TopicArn=topic, Protocol=protocol, Endpoint=endpoint, Attributes=attributes
    )


def text(value: str) -> dict[str, str]:
    return {"DataType": "String", "StringValue": value}


def number(value: float) -> dict[str, str]:
    return {"DataType": "Number", "StringValue": str(value)}


SENT = [
    {"kind": text("alpha"), "n": number(5)},
    {"kind": text("beta"), "n": number(50)},
    {"n": number(7)},
]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ({"kind": ["alpha"]}, [0]),
        ({"kind": [{"prefix": "be"}]}, [1]),
        ({"kind": [{"anything-but": ["beta"]}]}, [0]),
        ({"n": [{"numeric": [">=", 5, "<", 10]}]}, [0, 2]),
        ({"kind": [{"exists": False}]}, [2]),
        ({"kind": ["alpha", "beta"], "n": [{"numeric": [">", 5]}]}, [1]),
    ],
)
def test_a_filter_policy_decides_by_attributes(
    client: Client, topic: str, policy: dict[str, Any], expected: list[int]
) -> None:
    url, end = make_queue(client), make_queue(client)
    subscribe(client, topic, "sqs", arn_of(url), FilterPolicy=policy, RawMessageDelivery="true")
    subscribe(client, topic, "sqs", arn_of(end), RawMessageDelivery="true")
    for index, attributes in enumerate(SENT):
        client("sns").publish(TopicArn=topic, Message=str(index), MessageAttributes=attributes)
    bodies(client, end, len(SENT))
    assert sorted(bodies(client, url, len(expected))) == expected
    assert "Messages" not in client("sqs").receive_message(QueueUrl=url)


def test_a_filter_policy_decides_by_the_body(client: Client, topic: str) -> None:
    url = make_queue(client)
    policy = {"who": {"name": ["a"]}}
    subscribe(
        client, topic, "sqs", arn_of(url), FilterPolicy=policy, FilterPolicyScope="MessageBody"
    )
    for name in "ba":
        client("sns").publish(TopicArn=topic, Message=json.dumps({"who": {"name": name}}))
    note = bodies(client, url)[0]
    assert json.loads(note["Message"]) == {"who": {"name": "a"}}
    assert (note["Type"], note["TopicArn"]) == ("Notification", topic)


def test_raw_delivery_hands_on_body_and_attributes(client: Client, topic: str) -> None:
    url = make_queue(client)
    subscribe(client, topic, "sqs", arn_of(url), RawMessageDelivery="true")
    client("sns").publish(TopicArn=topic, Message="plain", MessageAttributes=SENT[0])
    message = messages(client, url)[0]
    assert message["Body"] == "plain"
    assert message["MessageAttributes"]["kind"]["StringValue"] == "alpha"


def test_a_function_gets_a_notification(client: Client, function: Function, topic: str) -> None:
    name = function(ECHO)
    subscribe(client, topic, "lambda", allow_invoke(client, name))
    client("sns").publish(TopicArn=topic, Subject="about", Message="hello")
    record = logged_with(client, name, "hello")["Records"][0]
    assert record["EventSource"] == "aws:sns"
    assert record["EventSubscriptionArn"].startswith(f"{topic}:")
    assert (record["Sns"]["Subject"], record["Sns"]["Message"]) == ("about", "hello")
