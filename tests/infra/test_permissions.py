"""Roles are as narrow as their code: real actions, no wildcard in one, no policy of convenience."""

from functools import cache

import pytest
from synthesis import Assembly, many, statements, text

# These actions take no resource, so that `*` is the only way to allow them.
OF_THE_ACCOUNT = {
    "cloudwatch:GetMetricStatistics",
    "cloudwatch:PutMetricData",
    "codedeploy:StopDeployment",
    "ecr:GetAuthorizationToken",
    "sagemaker:ListEndpointConfigs",
    "sagemaker:ListModelPackages",
    "sagemaker:ListModels",
    "sagemaker:ListTrainingJobs",
    # of a state machine's tracing and log delivery, as CDK writes them
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
}

# Where Lambda puts the batches of a stream that it gives up: it names the folder, by the mapping.
GIVEN_UP = "/aws/lambda/"


@cache
def actions_of(service: str) -> frozenset[str]:
    from policy_sentry.querying.actions import get_actions_for_service

    return frozenset(action.lower() for action in get_actions_for_service(service))


def test_every_action_exists(assembly: Assembly) -> None:
    """A misspelt action is allowed without a word, and denied in production."""
    for stack in assembly.stacks:
        for name, statement in statements(assembly, stack):
            for action in many(statement["Action"]):
                assert action.lower() in actions_of(action.split(":")[0]), f"{name}: {action}"


def test_no_action_is_a_wildcard(assembly: Assembly) -> None:
    for stack in assembly.stacks:
        for name, statement in statements(assembly, stack):
            assert not [a for a in many(statement["Action"]) if "*" in a], name


def test_only_actions_without_resources_are_allowed_on_everything(assembly: Assembly) -> None:
    for stack in assembly.stacks:
        for name, statement in statements(assembly, stack):
            if "*" in [text(resource) for resource in many(statement["Resource"])]:
                wide = set(many(statement["Action"])) - OF_THE_ACCOUNT
                assert not wide, f"{stack}/{name}: {wide}"


def test_no_role_has_a_managed_policy(assembly: Assembly) -> None:
    """*FullAccess and its like grant what no one has read."""
    for stack in assembly.stacks:
        for name, role in assembly.resources(stack, "AWS::IAM::Role").items():
            assert "ManagedPolicyArns" not in role["Properties"], name


@pytest.mark.parametrize(
    ("action", "holders"),
    [
        ("lambda:UpdateFunctionCode", {"Release"}),
        ("lambda:UpdateAlias", {"Release", "ReleaseCanary"}),
        ("sagemaker:CreateModelPackage", {"Train"}),
        ("iam:PassRole", {"Train"}),
    ],
)
def test_one_writer(assembly: Assembly, action: str, holders: set[str]) -> None:
    """Only the release moves traffic, only training registers."""
    for stack in assembly.usecase_stacks:
        found = {
            name.split("Role")[0]
            for name, statement in statements(assembly, stack)
            if action in many(statement["Action"])
        }
        assert found == holders


def test_only_training_writes_models(assembly: Assembly) -> None:
    for stack in assembly.usecase_stacks:
        writers = {
            name
            for name, statement in statements(assembly, stack)
            if "s3:PutObject" in many(statement["Action"])
            and any("/models/" in text(resource) for resource in many(statement["Resource"]))
        }
        assert len(writers) == 1
        assert writers.pop().startswith("TrainJobJobRole")


def test_a_prediction_needs_no_permission_but_its_log(assembly: Assembly) -> None:
    """And its explanation one more: to ask the explain function."""
    for stack in assembly.usecase_stacks:
        allowed = {
            action: text(statement["Resource"])
            for name, statement in statements(assembly, stack)
            if name.startswith("PredictRole")
            for action in many(statement["Action"])
        }
        explainer = allowed.pop("lambda:InvokeFunction")
        assert explainer.startswith("<ExplainFunction")
        assert set(allowed) == {"logs:CreateLogStream", "logs:PutLogEvents"}


def test_an_explanation_needs_the_artifacts_alone(assembly: Assembly) -> None:
    for stack in assembly.usecase_stacks:
        allowed = {
            action
            for name, statement in statements(assembly, stack)
            if name.startswith("ExplainRole")
            for action in many(statement["Action"])
        }
        logs = {"logs:CreateLogStream", "logs:PutLogEvents"}
        assert allowed == {"s3:GetObjectVersion", "kms:Decrypt", *logs}


def test_a_use_case_touches_only_its_own_prefixes_and_rows(assembly: Assembly) -> None:
    for stack in assembly.usecase_stacks:
        usecase = stack.split("-", 2)[2]
        for name, statement in statements(assembly, stack):
            for resource in map(text, many(statement["Resource"])):
                if ("Lake" in resource or "Artifacts" in resource) and resource.endswith("*"):
                    own = f"/{usecase}/" in resource or GIVEN_UP in resource
                    assert own, f"{name}: {resource}"
            if any(a.startswith("dynamodb:") for a in many(statement["Action"])):
                keys = statement["Condition"]["ForAllValues:StringEquals"]["dynamodb:LeadingKeys"]
                assert all(key.endswith(f"#{usecase}") for key in many(keys)), name


def test_only_versions_can_be_deleted_or_tried(assembly: Assembly) -> None:
    """`lambda:DeleteFunction` on the bare function would delete the function."""
    for stack in assembly.usecase_stacks:
        for name, statement in statements(assembly, stack):
            if "lambda:DeleteFunction" in many(statement["Action"]):
                assert all(text(r).endswith(":*") for r in many(statement["Resource"])), name
