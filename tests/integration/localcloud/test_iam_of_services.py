"""IAM decides on our services too: by action, by resource, and on the role that is passed."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from localcloud_roles import ACCOUNT, allow, make_role

import localcloud

Client = Callable[[str], Any]
MACHINE = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}"


@pytest.fixture
def user(client: Client, cloud: localcloud.Running) -> Callable[..., Client]:
    """A client factory of a new user who may do what the statements say."""

    def make(*statements: dict[str, Any]) -> Client:
        name = f"u-{uuid.uuid4().hex[:8]}"
        client("iam").create_user(UserName=name)
        document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        client("iam").put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document)
        key = client("iam").create_access_key(UserName=name)["AccessKey"]
        session = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], None, "us-east-1")
        return lambda service: session.client(service, endpoint_url=cloud.endpoint)

    return make


def job(name: str, role: str) -> dict[str, Any]:
    return {
        "TrainingJobName": name,
        "RoleArn": role,
        "AlgorithmSpecification": {"TrainingImage": "none:1", "TrainingInputMode": "File"},
        "OutputDataConfig": {"S3OutputPath": "s3://nowhere/x"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
    }


def test_a_policy_holds_for_the_resources_it_names(user: Callable[..., Client]) -> None:
    """A narrow policy opens its own group and no other; the refusal names action and resource."""
    mine = user(
        allow("sagemaker:CreateModelPackageGroup", on=f"{MACHINE}:model-package-group/mine-*")
    )
    mine("sagemaker").create_model_package_group(ModelPackageGroupName=f"mine-{uuid.uuid4().hex}")
    with pytest.raises(ClientError) as caught:
        mine("sagemaker").create_model_package_group(ModelPackageGroupName="other")
    message = caught.value.response["Error"]["Message"]
    assert caught.value.response["Error"]["Code"] == "AccessDeniedException"
    assert "sagemaker:CreateModelPackageGroup" in message
    assert f"{MACHINE}:model-package-group/other" in message


def test_a_training_job_needs_the_right_to_pass_its_role(
    client: Client, user: Callable[..., Client]
) -> None:
    """iam:PassRole, for this role and for SageMaker only, besides the action itself."""
    role = make_role(client, "sagemaker")
    create = allow("sagemaker:CreateTrainingJob", on=f"{MACHINE}:training-job/j-*")
    with pytest.raises(ClientError, match="iam:PassRole on resource"):
        user(create)("sagemaker").create_training_job(**job("j-one", role))
    for_lambda = {
        **allow("iam:PassRole", on=role),
        "Condition": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}},
    }
    with pytest.raises(ClientError, match="iam:PassRole"):
        user(create, for_lambda)("sagemaker").create_training_job(**job("j-two", role))
    for_sagemaker = {
        **for_lambda,
        "Condition": {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
    }
    allowed = user(create, for_sagemaker)("sagemaker")
    allowed.create_training_job(**job(f"j-{uuid.uuid4().hex[:6]}", role))
    with pytest.raises(ClientError, match=r"training-job/k-three"):
        allowed.create_training_job(**job("k-three", role))


def test_tags_at_creation_need_their_own_right(client: Client, user: Callable[..., Client]) -> None:
    """As on AWS, where a template that tags fails without sagemaker:AddTags."""
    role = make_role(client, "sagemaker")
    rights = user(allow("sagemaker:CreateTrainingJob"), allow("iam:PassRole", on=role))
    with pytest.raises(ClientError, match="sagemaker:AddTags"):
        rights("sagemaker").create_training_job(
            **job("tagged", role), Tags=[{"Key": "a", "Value": "b"}]
        )


def test_a_deployment_is_allowed_by_its_group(client: Client, user: Callable[..., Client]) -> None:
    """codedeploy:* resources are application:, deploymentgroup: and deploymentconfig:."""
    name = f"app-{uuid.uuid4().hex[:6]}"
    client("codedeploy").create_application(applicationName=name, computePlatform="Lambda")
    base = f"arn:aws:codedeploy:us-east-1:{ACCOUNT}"
    reader = user(allow("codedeploy:GetApplication", on=f"{base}:application:{name}"))("codedeploy")
    assert reader.get_application(applicationName=name)["application"]["applicationName"] == name
    with pytest.raises(ClientError, match=rf"{base}:application:another"):
        reader.get_application(applicationName="another")
    with pytest.raises(ClientError, match=rf"deploymentgroup:{name}/blue"):
        reader.create_deployment(applicationName=name, deploymentGroupName="blue")
