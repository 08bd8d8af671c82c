"""Queues that listen: to the alarm topic, to the events of new datasets and of labels."""

from __future__ import annotations

import json

from benchmarks.ablation.world import World
from penstock.events import DATASET_READY, LABELS_JOINED, SOURCE

ALARMS, DATASETS, LABELS = "ablation-alarms", "ablation-datasets", "ablation-labels"
TOLD = {DATASETS: DATASET_READY, LABELS: LABELS_JOINED}


def listen(world: World) -> None:
    """Once, after the deployment."""
    sqs, arns = world.aws("sqs"), {}
    for name in (ALARMS, *TOLD):
        url = sqs.create_queue(QueueName=name)["QueueUrl"]
        wanted = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        arns[name] = wanted["Attributes"]["QueueArn"]
        rule = {
            "Effect": "Allow",
            "Principal": {"Service": ["events.amazonaws.com", "sns.amazonaws.com"]},
            "Action": "sqs:SendMessage",
            "Resource": arns[name],
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [rule]})
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    world.aws("sns").subscribe(TopicArn=world.topic, Protocol="sqs", Endpoint=arns[ALARMS])
    events = world.aws("events")
    for name, kind in TOLD.items():
        pattern = json.dumps({"source": [SOURCE], "detail-type": [kind]})
        events.put_rule(Name=name, EventPattern=pattern)
        events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": arns[name]}])


def _url(world: World, name: str) -> str:
    return str(world.aws("sqs").get_queue_url(QueueName=name)["QueueUrl"])


def forget_messages(world: World) -> None:
    for name in (ALARMS, *TOLD):
        while received(world, name):
            pass


def received(world: World, name: str) -> list[str]:
    """Bodies, each given once."""
    sqs, url = world.aws("sqs"), _url(world, name)
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    for message in found:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return [message["Body"] for message in found]


def expect_message(world: World, name: str, word: str, within: float = 10.0) -> None:
    def look() -> bool | None:
        return True if any(word in body for body in received(world, name)) else None

    world.until(look, f"a message about {word} in {name}", within=within)
