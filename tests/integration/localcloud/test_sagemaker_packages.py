"""The model registry: versions, approvals, and the events that start a release."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from conftest import eventually

Client = Callable[[str], Any]


@pytest.fixture
def group(client: Client) -> str:
    name = f"Group-{uuid.uuid4().hex[:8]}"
    client("sagemaker").create_model_package_group(ModelPackageGroupName=name)
    return name


def create(client: Client, group: str, approval: str = "PendingManualApproval") -> str:
    answer = client("sagemaker").create_model_package(
        ModelPackageGroupName=group,
        ModelApprovalStatus=approval,
        CustomerMetadataProperties={"dataset_version": "abc", "metric": "0.9"},
    )
    return str(answer["ModelPackageArn"])


def test_a_version_number_is_never_given_twice(client: Client, group: str) -> None:
    """Deleting a version does not free its number, and the ARN keeps the group's own case."""
    sagemaker = client("sagemaker")
    first, second = create(client, group), create(client, group)
    assert first.endswith(f":model-package/{group}/1")
    sagemaker.delete_model_package(ModelPackageName=first)
    assert create(client, group).endswith(f":model-package/{group}/3")
    assert sagemaker.describe_model_package(ModelPackageName=second)["ModelPackageVersion"] == 2
    with pytest.raises(ClientError, match="does not exist"):
        sagemaker.describe_model_package(ModelPackageName=first)


def test_an_approval_changes_nothing_else(client: Client, group: str) -> None:
    """The metadata stays, is merged, and single entries can be removed."""
    sagemaker, arn = client("sagemaker"), create(client, group)
    sagemaker.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
    sagemaker.update_model_package(
        ModelPackageArn=arn,
        CustomerMetadataProperties={"reviewer": "me"},
        CustomerMetadataPropertiesToRemove=["metric"],
    )
    facts = sagemaker.describe_model_package(ModelPackageName=arn)
    assert facts["ModelApprovalStatus"] == "Approved"
    assert facts["CustomerMetadataProperties"] == {"dataset_version": "abc", "reviewer": "me"}


def test_a_group_must_be_empty_to_be_deleted(client: Client, group: str) -> None:
    """As on AWS; the refusal names the group."""
    arn = create(client, group)
    with pytest.raises(ClientError, match=group) as caught:
        client("sagemaker").delete_model_package_group(ModelPackageGroupName=group)
    assert caught.value.response["Error"]["Code"] == "ConflictException"
    client("sagemaker").delete_model_package(ModelPackageName=arn)
    client("sagemaker").delete_model_package_group(ModelPackageGroupName=group)


def test_creation_and_approval_are_events(client: Client, group: str) -> None:
    """A rule on this group's approvals gets exactly those."""
    queue = client("sqs").create_queue(QueueName=f"q-{group}")["QueueUrl"]
    arn = f"arn:aws:sqs:us-east-1:000000000000:q-{group}"
    pattern = {
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Model Package State Change"],
        "detail": {"ModelPackageGroupName": [group], "ModelApprovalStatus": ["Approved"]},
    }
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    client("sqs").set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
    client("events").put_rule(Name=group, EventPattern=json.dumps(pattern))
    client("events").put_targets(Rule=group, Targets=[{"Id": "q", "Arn": arn}])
    package = create(client, group)
    client("sagemaker").update_model_package(
        ModelPackageArn=package, ModelApprovalStatus="Approved"
    )

    def received() -> Any:
        return client("sqs").receive_message(QueueUrl=queue).get("Messages")

    messages = eventually(received)
    detail = json.loads(messages[0]["Body"])["detail"]
    assert len(messages) == 1
    assert detail["ModelPackageArn"] == package
    assert detail["ModelPackageVersion"] == 1
    assert detail["CustomerMetadataProperties"]["dataset_version"] == "abc"


def test_what_is_not_done_is_refused(client: Client) -> None:
    """An operation that this cloud lacks never looks as if it had worked."""
    with pytest.raises(ClientError, match="does not do sagemaker:CreateHub"):
        client("sagemaker").create_hub(HubName="h", HubDescription="none")
