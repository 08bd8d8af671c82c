"""Every action is allowed on the kind of resource that it takes, with condition keys that it has.

By AWS's service authorization reference. A statement on the wrong kind, or with a key that the
service never fills, allows nothing and says nothing.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from synthesis import Assembly, many, statements

REGION, ACCOUNT = "us-east-1", "111111111111"
PSEUDO = {"AWS::Partition": "aws", "AWS::Region": REGION, "AWS::AccountId": ACCOUNT}
# What Ref (of the types whose Ref is an ARN) and GetAtt Arn give, by the resource's type.
ARNS = {
    "AWS::DynamoDB::Table": "dynamodb:{here}:table/{name}",
    "AWS::DynamoDB::GlobalTable": "dynamodb:{here}:table/{name}",
    "AWS::Events::EventBus": "events:{here}:event-bus/{name}",
    "AWS::IAM::Role": "iam::{account}:role/{name}",
    "AWS::KMS::Key": "kms:{here}:key/{name}",
    "AWS::Kinesis::Stream": "kinesis:{here}:stream/{name}",
    "AWS::KinesisFirehose::DeliveryStream": "firehose:{here}:deliverystream/{name}",
    "AWS::Lambda::Function": "lambda:{here}:function:{name}",
    "AWS::Logs::LogGroup": "logs:{here}:log-group:{name}:*",
    "AWS::S3::Bucket": "s3:::{name}",
    "AWS::SageMaker::ModelPackageGroup": "sagemaker:{here}:model-package-group/{name}",
    "AWS::SNS::Topic": "sns:{here}:{name}",
    "AWS::SQS::Queue": "sqs:{here}:{name}",
    "AWS::StepFunctions::StateMachine": "states:{here}:stateMachine:{name}",
}
REF_IS_ARN = {"AWS::SNS::Topic", "AWS::StepFunctions::StateMachine"}
POLICIES = (
    ("AWS::KMS::Key", "KeyPolicy"),
    ("AWS::S3::BucketPolicy", "PolicyDocument"),
    ("AWS::SNS::TopicPolicy", "PolicyDocument"),
    ("AWS::SQS::QueuePolicy", "PolicyDocument"),
)


class Reader:
    """Resolves a template's expressions to strings, through exports of other stacks too."""

    def __init__(self, assembly: Assembly) -> None:
        self.templates = {stack: assembly.template(stack) for stack in assembly.stacks}
        self.exports = {
            output["Export"]["Name"]: (stack, output["Value"])
            for stack, template in self.templates.items()
            for output in template.get("Outputs", {}).values()
            if "Export" in output
        }

    def text(self, stack: str, value: Any) -> str:
        match value:
            case {"Fn::Join": [delimiter, parts]}:
                return str(delimiter).join(self.text(stack, part) for part in parts)
            case {"Fn::GetAtt": [name, attribute]}:
                return self._arn(stack, name) if attribute.endswith("Arn") else name
            case {"Ref": name}:
                return PSEUDO.get(name) or self._ref(stack, name)
            case {"Fn::ImportValue": name}:
                return self.text(*self.exports[self.text(stack, name)])
            case {"Fn::Sub": str(pattern)}:
                return re.sub(r"\$\{([\w:]+)\}", lambda m: PSEUDO[m[1]], pattern)
            case dict():
                raise AssertionError(f"{stack}: {value} is not understood here")
        return str(value)

    def _ref(self, stack: str, name: str) -> str:
        kind = self._type(stack, name)
        return self._arn(stack, name) if kind in REF_IS_ARN else name

    def _type(self, stack: str, name: str) -> str:
        return str(self.templates[stack]["Resources"].get(name, {}).get("Type", ""))

    def _arn(self, stack: str, name: str) -> str:
        form = ARNS[self._type(stack, name)]
        return "arn:aws:" + form.format(here=f"{REGION}:{ACCOUNT}", account=ACCOUNT, name=name)


@cache
def taken(action: str) -> tuple[tuple[str, ...], frozenset[str]]:
    """(forms of the resources it takes, condition keys it has)."""
    from policy_sentry.querying.actions import get_action_data

    service, _, name = action.partition(":")
    rows = get_action_data(service, name)
    assert rows, f"{action} does not exist"
    forms = dict.fromkeys(row["resource_arn_format"] for row in rows[service])
    keys = {key for row in rows[service] for key in row["condition_keys"]}
    return tuple(forms), frozenset(key.partition("${")[0].lower() for key in keys)


def is_of(resource: str, form: str) -> bool:
    """Whether some ARN is of this form and matches the statement's resource, wildcards and all."""
    if resource == "*":  # how wide that is, test_permissions.py says
        return True
    if form == "*":
        return False
    pattern = re.sub(r"\$\{(\w+)\}", "*", form)  # an image may lie in AWS's own account
    if form.endswith("${BucketName}") and "/" in resource:  # a bucket's name has no slash
        return False
    return meet(resource, pattern)


@cache
def meet(one: str, other: str) -> bool:
    """Whether two patterns with `*` have a string in common."""
    if not one or not other:
        return not (one + other).strip("*")
    if one[0] == "*":
        return meet(one[1:], other) or meet(one, other[1:])
    if other[0] == "*":
        return meet(other, one)
    return one[0] == other[0] and meet(one[1:], other[1:])


def found(assembly: Assembly) -> Iterator[tuple[str, dict[str, Any], list[str]]]:
    reader = Reader(assembly)
    for stack in assembly.stacks:
        for name, statement in statements(assembly, stack):
            resources = [reader.text(stack, r) for r in many(statement["Resource"])]
            yield f"{stack}/{name}", statement, resources


def test_every_action_takes_a_resource_of_its_statement(assembly: Assembly) -> None:
    """An action on resources of another kind is denied in production, not at deployment."""
    wrong = [
        f"{where}: {action} takes {', '.join(taken(action)[0])}, not {', '.join(resources)}"
        for where, statement, resources in found(assembly)
        for action in many(statement["Action"])
        if not any(is_of(r, form) for r in resources for form in taken(action)[0])
    ]
    assert wrong == []


def test_every_resource_is_taken_by_an_action_of_its_statement(assembly: Assembly) -> None:
    """A resource that none of the actions takes is a permission that somebody thought to give."""
    wrong = [
        f"{where}: {resource} is taken by none of {', '.join(many(statement['Action']))}"
        for where, statement, resources in found(assembly)
        for resource in resources
        if not any(
            is_of(resource, form)
            for action in many(statement["Action"])
            for form in taken(action)[0]
        )
    ]
    assert wrong == []


def test_every_condition_key_is_one_that_the_action_has(assembly: Assembly) -> None:
    """A key that the service does not fill for the action never holds."""
    wrong = [
        f"{where}: {action} has no {key}"
        for where, statement, _ in found(assembly)
        for action in many(statement["Action"])
        for block in statement.get("Condition", {}).values()
        for key in block
        if not key.lower().startswith("aws:") and not has(action, key.lower())
    ]
    assert wrong == []


def has(action: str, key: str) -> bool:
    return any(key == own or (own[-1:] in "/:" and key.startswith(own)) for own in taken(action)[1])


def test_every_action_of_a_resource_policy_exists(assembly: Assembly) -> None:
    """Wildcards in a key's policy stand for actions that there are."""
    from policy_sentry.querying.actions import get_actions_for_service

    for stack in assembly.stacks:
        for kind, member in POLICIES:
            for name, resource in assembly.resources(stack, kind).items():
                for statement in resource["Properties"][member]["Statement"]:
                    for action in many(statement["Action"]):
                        service = action.partition(":")[0]
                        pattern = re.escape(action.lower()).replace(r"\*", ".*")
                        names = [n.lower() for n in get_actions_for_service(service)]
                        assert any(re.fullmatch(pattern, n) for n in names), f"{name}: {action}"


@pytest.mark.parametrize(
    ("resource", "form", "expected"),
    [
        ("arn:aws:s3:::b/x/*", "arn:${Partition}:s3:::${BucketName}", False),
        ("arn:aws:s3:::b", "arn:${Partition}:s3:::${BucketName}", True),
        ("arn:aws:s3:::b/x/*", "arn:${Partition}:s3:::${BucketName}/${ObjectName}", True),
        ("arn:aws:codedeploy:x:y:deploymentgroup:a/b", "*", False),
        ("*", "*", True),
        ("arn:aws:logs:*:log-group:g:*", "arn:aws:logs:*:log-group:${G}:log-stream:${S}", True),
        ("arn:aws:sagemaker:x:y:model/m", "arn:aws:sagemaker:x:y:endpoint/${E}", False),
    ],
)
def test_a_resource_is_told_from_another_kind(resource: str, form: str, expected: bool) -> None:
    """The tests above can fail."""
    assert is_of(resource, form) is expected
