"""An execution's end reaches people by the alarm topic, with who answers meanwhile."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import functions_world as world
import pytest
from moto import mock_aws

from functions.tell import handler as tell

TRAIN = "arn:aws:states:us-east-1:123456789012:stateMachine:Train"


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    with mock_aws():
        folder = world.write_usecase(tmp_path / "usecase")
        topic = boto3.client("sns", world.REGION).create_topic(Name="alarms")["TopicArn"]
        world.build_aws(
            monkeypatch, folder, USECASE=world.NAME, TOPIC_ARN=topic, TRAIN_STATE_MACHINE=TRAIN
        )
        boto3.client("sqs").create_queue(QueueName="people")
        queue = f"arn:aws:sqs:{world.REGION}:123456789012:people"
        boto3.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
        yield


def ended(**detail: Any) -> dict[str, Any]:
    event = {"detail": {"stateMachineArn": TRAIN, "name": "run-1", **detail}}
    return tell.handler(event, world.CONTEXT)


def heard() -> list[tuple[str, str]]:
    """Subject and text of what people were sent."""
    client = boto3.client("sqs")
    url = client.get_queue_url(QueueName="people")["QueueUrl"]
    found = client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    bodies = [json.loads(message["Body"]) for message in found]
    return [(body["Subject"], body["Message"]) for body in bodies]


def test_a_rejected_model_is_told_and_the_champion_of_the_table_is_named() -> None:
    row = {"version": "3", "model_package_arn": "arn:model-package/loans/2"}
    world.put_row(f"champion#{world.NAME}", "current", **row)
    said = ended(status="FAILED", error="GatesFailed", cause="Model package 7: roc_auc: too low")
    ((subject, text),) = heard()
    assert subject == "loans (dev): a new model was rejected, nothing is released"
    assert said == {"execution": "run-1", "told": text}
    assert "\nModel package 7: roc_auc: too low\n" in text
    assert "\nVersion 3 (model package 2) answers meanwhile.\n" in text


def test_what_went_well_sends_nothing() -> None:
    output = json.dumps({"evaluate": {"approval": "Approved"}})
    assert ended(status="SUCCEEDED", output=output)["told"] is None
    assert heard() == []
