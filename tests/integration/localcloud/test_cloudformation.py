"""Stacks by plain templates: what AWS refuses is refused, what fails is rolled back for good."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from cloudformation_stacks import Client, Stack, Template, of, own_stack, parameter, queue


@pytest.fixture
def stack(client: Client) -> Iterator[Stack]:
    with own_stack(client) as made:
        yield made


FAILING = queue(VisibilityTimeout=-1)


WRONG = {
    "an unknown property": (queue(QueueNam="x"), "#: extraneous key [QueueNam] is not permitted"),
    "an unknown nested property": (
        {
            "Type": "AWS::S3::Bucket",
            "Properties": {"VersioningConfiguration": {"Status": "Enabled", "State": "x"}},
        },
        "#/VersioningConfiguration: extraneous key [State] is not permitted",
    ),
    "a read-only attribute": (queue(Arn="x"), "#: extraneous key [Arn] is not permitted"),
    "a missing property": (
        {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String"}},
        "#: required key [Value] not found",
    ),
    "a wrong type": (queue(Tags="x"), "#/Tags: expected type: JSONArray, found: String"),
    "a value outside its enumeration": (
        {"Type": "AWS::DynamoDB::Table", "Properties": {"BillingMode": "FREE", "KeySchema": []}},
        "#/BillingMode: failed validation constraint for keyword [enum]",
    ),
    "a value outside its pattern": (
        {
            "Type": "AWS::Logs::LogGroup",
            "Properties": {"LogGroupName": "what is this?"},
        },
        "#/LogGroupName: failed validation constraint for keyword [pattern]",
    ),
    "a number out of range": (
        FAILING,
        "#/VisibilityTimeout: failed validation constraint for keyword [minimum]",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_property_fails_its_resource_and_rolls_back(stack: Stack, what: str) -> None:
    """With the logical id and CloudFormation's own words."""
    resource, said = WRONG[what]
    assert stack.create(of(Before=parameter("x"), Wrong={**resource, "DependsOn": "Before"}))
    assert stack.status() == "ROLLBACK_COMPLETE"
    reason = stack.reason("Wrong")
    assert reason.startswith("Properties validation failed for resource Wrong with message:\n")
    assert said in reason
    assert stack.told("Before")[-1] == "DELETE_COMPLETE"


def test_a_template_may_write_numbers_and_booleans_as_text(stack: Stack) -> None:
    made = queue(VisibilityTimeout="7", FifoQueue="true", ContentBasedDeduplication="true")
    assert stack.create(of(Q=made)) == "CREATE_COMPLETE"


def test_a_type_that_aws_lacks_and_one_that_only_we_lack_are_told_apart(stack: Stack) -> None:
    template = of(A={"Type": "AWS::SQS::Queu"}, B={"Type": "AWS::Bedrock::Agent"})
    with pytest.raises(ClientError) as refused:
        stack.create(template)
    text = str(refused.value)
    assert "Unrecognized resource types: [AWS::Bedrock::Agent, AWS::SQS::Queu]" in text
    assert "(AWS has AWS::Bedrock::Agent; the local cloud does not)" in text


def test_a_failed_update_restores_the_old_values_really(stack: Stack, client: Client) -> None:
    assert stack.create(of(P=parameter("old"), Q=queue())) == "CREATE_COMPLETE"
    name, url = stack.physical("P"), stack.physical("Q")
    changed = of(
        P=parameter("new"),
        Q=queue(VisibilityTimeout=9),
        Bad={**FAILING, "DependsOn": ["P", "Q"]},
    )
    assert stack.update(changed) == "UPDATE_ROLLBACK_COMPLETE"
    assert "[minimum]" in stack.reason("Bad")
    assert client("ssm").get_parameter(Name=name)["Parameter"]["Value"] == "old"
    asked = client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])
    assert asked["Attributes"]["VisibilityTimeout"] == "30"


def test_only_what_changes_has_events_and_a_new_resource_is_created(stack: Stack) -> None:
    stack.create(of(Same=parameter("x"), Changed=parameter("old")))
    assert stack.update(of(Same=parameter("x"), Changed=parameter("new"), New=queue()))
    assert stack.told("Same") == ["CREATE_IN_PROGRESS", "CREATE_COMPLETE"]
    assert stack.told("Changed")[2:] == ["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"]
    assert stack.told("New") == ["CREATE_IN_PROGRESS", "CREATE_COMPLETE"]


def test_events_come_one_after_the_other(stack: Stack) -> None:
    stack.create(of(**{f"P{n}": parameter("x") for n in range(20)}))
    stamps = [event["Timestamp"] for event in stack.events()]
    assert stamps == sorted(set(stamps))


def test_a_replacement_is_announced_made_first_and_kept_out_of_a_roll_back(
    stack: Stack, client: Client
) -> None:
    stack.create(of(Q=queue()))
    old = stack.physical("Q")
    fifo = of(Q=queue(FifoQueue=True))
    changes = planned(stack, fifo)
    assert changes["Q"]["Replacement"] == "True"
    failing = of(Q=queue(FifoQueue=True), Bad={**FAILING, "DependsOn": "Q"})
    assert stack.update(failing) == "UPDATE_ROLLBACK_COMPLETE"
    assert stack.physical("Q") == old
    assert client("sqs").get_queue_attributes(QueueUrl=old)
    assert stack.update(fifo) == "UPDATE_COMPLETE"
    assert stack.physical("Q").endswith(".fifo")
    with pytest.raises(ClientError):
        client("sqs").get_queue_attributes(QueueUrl=old)


def planned(stack: Stack, template: Template) -> dict[str, dict[str, Any]]:
    """The change set's resources, by logical id."""
    words = {"StackName": stack.name, "ChangeSetName": f"c-{uuid.uuid4().hex[:8]}"}
    stack.api.create_change_set(**words, TemplateBody=json.dumps(template))
    stack.api.get_waiter("change_set_create_complete").wait(**words, WaiterConfig={"Delay": 1})
    found = stack.api.describe_change_set(**words)["Changes"]
    stack.api.delete_change_set(**words)
    return {c["ResourceChange"]["LogicalResourceId"]: c["ResourceChange"] for c in found}


CODEDEPLOY = {
    "App": {"Type": "AWS::CodeDeploy::Application", "Properties": {"ComputePlatform": "Lambda"}},
}


def routing(minutes: int, **name: str) -> Template:
    shift = {"CanaryInterval": minutes, "CanaryPercentage": 10}
    properties = {
        "ComputePlatform": "Lambda",
        "TrafficRoutingConfig": {"Type": "TimeBasedCanary", "TimeBasedCanary": shift},
        **name,
    }
    return {"Type": "AWS::CodeDeploy::DeploymentConfig", "Properties": properties}


def test_our_own_types_are_replaced_by_their_schema(stack: Stack, client: Client) -> None:
    stack.create({"Resources": {**CODEDEPLOY, "C": routing(5)}})
    old, wanted = stack.physical("C"), {"Resources": {**CODEDEPLOY, "C": routing(6)}}
    assert planned(stack, wanted)["C"]["Replacement"] == "True"
    assert stack.update(wanted) == "UPDATE_COMPLETE"
    new = stack.physical("C")
    configs = client("codedeploy").list_deployment_configs()["deploymentConfigsList"]
    assert new in configs
    assert old not in configs


def test_a_resource_with_a_name_of_its_own_is_not_replaced_under_it(stack: Stack) -> None:
    name = f"own-{uuid.uuid4().hex[:8]}"
    stack.create(of(C=routing(5, DeploymentConfigName=name)))
    assert stack.update(of(C=routing(6, DeploymentConfigName=name))) == "UPDATE_ROLLBACK_COMPLETE"
    assert "cannot update a stack when a custom-named resource" in stack.reason(
        "C", "UPDATE_FAILED"
    )


def test_retained_resources_outlive_their_stack_and_their_replacement(
    stack: Stack, client: Client
) -> None:
    kept = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
    stack.create(of(Q={**queue(), **kept}))
    first = stack.physical("Q")
    stack.update(of(Q={**queue(FifoQueue=True), **kept}))
    second = stack.physical("Q")
    stack.id()
    assert stack.delete() == "DELETE_COMPLETE"
    assert stack.told("Q")[-1] == "DELETE_SKIPPED"
    for url in (first, second):
        client("sqs").delete_queue(QueueUrl=url)


def test_a_protected_stack_is_not_deleted(stack: Stack) -> None:
    stack.create(of(P=parameter("x")), EnableTerminationProtection=True)
    with pytest.raises(ClientError, match="TerminationProtection is enabled"):
        stack.api.delete_stack(StackName=stack.name)


def test_without_rollback_what_was_made_stays_and_can_be_mended(stack: Stack) -> None:
    broken = of(P=parameter("x"), Bad={**FAILING, "DependsOn": "P"})
    assert stack.create(broken, DisableRollback=True) == "CREATE_FAILED"
    assert stack.told("P")[-1] == "CREATE_COMPLETE"


def test_an_export_in_use_is_not_taken_away(stack: Stack, client: Client) -> None:
    export = f"e-{uuid.uuid4().hex[:8]}"
    output = {"Url": {"Value": {"Ref": "Q"}, "Export": {"Name": export}}}
    stack.create({**of(Q=queue()), "Outputs": output})
    reader = Stack(client)
    reader.create(of(P=parameter({"Fn::ImportValue": export})))
    try:
        assert client("ssm").get_parameter(Name=reader.physical("P"))["Parameter"]["Value"] == (
            stack.physical("Q")
        )
        with pytest.raises(ClientError, match=export):
            stack.api.delete_stack(StackName=stack.name)
    finally:
        reader.delete()


def test_conditions_compare_what_functions_give(stack: Stack) -> None:
    """Joined lists, looked-up values, substitutions and the region."""
    equal = {
        "Joined": [{"Fn::Join": ["", {"Ref": "Names"}]}, ""],
        "Here": [{"Ref": "AWS::Region"}, "us-east-1"],
        "Mapped": [{"Fn::FindInMap": ["Sizes", {"Ref": "AWS::Region"}, "size"]}, "large"],
        "Written": [{"Fn::Sub": "${AWS::Partition}-${AWS::Region}"}, "aws-us-east-1"],
        "No": [{"Fn::Select": ["0", {"Fn::Split": [",", "a,b"]}]}, "b"],
    }
    template = {
        "Parameters": {"Names": {"Type": "CommaDelimitedList", "Default": ""}},
        "Mappings": {"Sizes": {"us-east-1": {"size": "large"}}},
        "Conditions": {name: {"Fn::Equals": pair} for name, pair in equal.items()},
        "Resources": {name: parameter("x", Condition=name) for name in equal}
        | {"Always": parameter("x")},
    }
    assert stack.create(template) == "CREATE_COMPLETE"
    listed = stack.api.list_stack_resources(StackName=stack.name)["StackResourceSummaries"]
    made = {one["LogicalResourceId"] for one in listed}
    assert made == {"Joined", "Here", "Mapped", "Written", "Always"}


def test_parameters_and_dynamic_references_are_read_from_ssm_and_secrets(
    stack: Stack, client: Client
) -> None:
    name = f"/given/{uuid.uuid4().hex[:8]}"
    client("ssm").put_parameter(Name=name, Value="from-ssm", Type="String")
    secret = client("secretsmanager").create_secret(
        Name=name.strip("/").replace("/", "-"), SecretString='{"user": "me"}'
    )["Name"]
    template = {
        "Parameters": {"Given": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": name}},
        "Resources": {
            "A": parameter({"Ref": "Given"}),
            "B": parameter(f"{{{{resolve:ssm:{name}}}}}"),
            "C": parameter(f"{{{{resolve:secretsmanager:{secret}:SecretString:user}}}}"),
        },
    }
    assert stack.create(template) == "CREATE_COMPLETE"
    values = [
        client("ssm").get_parameter(Name=stack.physical(one))["Parameter"]["Value"] for one in "ABC"
    ]
    assert values == ["from-ssm", "from-ssm", "me"]


def test_a_buckets_properties_are_done_and_a_full_one_is_not_deleted(
    stack: Stack, client: Client
) -> None:
    s3 = client("s3")
    algorithm = {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    properties = {
        "Tags": [{"Key": "a", "Value": "b"}],
        "BucketEncryption": {"ServerSideEncryptionConfiguration": [algorithm]},
        "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
        "VersioningConfiguration": {"Status": "Enabled"},
    }
    bucket = {"Type": "AWS::S3::Bucket", "Properties": properties}
    assert stack.create(of(B=bucket)) == "CREATE_COMPLETE"
    name = stack.physical("B")
    assert s3.get_bucket_tagging(Bucket=name)["TagSet"] == properties["Tags"]
    rules = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rules[0]["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    stack.update(of(B={"Type": "AWS::S3::Bucket"}))
    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Suspended"
    with pytest.raises(ClientError, match="NoSuchTagSet"):
        s3.get_bucket_tagging(Bucket=name)
    s3.put_object(Bucket=name, Key="k", Body=b"v")
    assert stack.delete() == "DELETE_FAILED"
    assert "not empty" in stack.reason("B", "DELETE_FAILED")
    versions = s3.list_object_versions(Bucket=name)["Versions"]
    for one in versions:
        s3.delete_object(Bucket=name, Key=one["Key"], VersionId=one["VersionId"])
    assert stack.delete() == "DELETE_COMPLETE"


def test_stack_sets_are_refused_by_name(client: Client) -> None:
    with pytest.raises(ClientError, match="CreateStackSet"):
        client("cloudformation").create_stack_set(StackSetName="x", TemplateBody="{}")


def test_a_nested_stack_fails_with_its_own_resource_and_reason(
    stack: Stack, client: Client
) -> None:
    bucket = f"templates-{uuid.uuid4().hex[:8]}"
    client("s3").create_bucket(Bucket=bucket)
    url = f"https://{bucket}.s3.amazonaws.com/child.json"

    def nested(child: Template) -> Template:
        client("s3").put_object(Bucket=bucket, Key="child.json", Body=json.dumps(child))
        inner = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}}
        return of(
            Child=inner,
            Echo=parameter({"Fn::GetAtt": ["Child", "Outputs.Url"]}),
        )

    good = {**of(Q=queue()), "Outputs": {"Url": {"Value": {"Ref": "Q"}}}}
    assert stack.create(nested(good)) == "CREATE_COMPLETE"
    found = client("ssm").get_parameter(Name=stack.physical("Echo"))["Parameter"]["Value"]
    assert client("sqs").get_queue_attributes(QueueUrl=found)
    assert stack.delete() == "DELETE_COMPLETE"
    with own_stack(client) as other:
        assert other.create(nested(of(Q=queue(Wrong=1)))) == "ROLLBACK_COMPLETE"
        assert "extraneous key [Wrong] is not permitted" in other.reason("Child")
