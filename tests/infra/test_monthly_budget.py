"""A use case's budget counts what bears its tag, all of it does, and people are told."""

import json
from typing import Any

from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER as SCHEMAS
from synthesis import ROOT, Assembly, many

from penstock.spec_file import load


def statements_of(assembly: Assembly, stack: str, kind: str, member: str) -> list[dict[str, Any]]:
    return [
        statement
        for resource in assembly.resources(stack, kind).values()
        for statement in resource["Properties"][member]["Statement"]
        if statement.get("Principal") == {"Service": "budgets.amazonaws.com"}
    ]


def test_each_use_case_has_the_budget_that_its_file_says(assembly: Assembly) -> None:
    for stack in assembly.usecase_stacks:
        usecase = stack.split("-", 2)[2]
        (found,) = assembly.resources(stack, "AWS::Budgets::Budget").values()
        budget = found["Properties"]["Budget"]
        wanted = load(ROOT / "usecases" / usecase / "usecase.yaml").budget.monthly_usd
        assert budget["BudgetLimit"] == {"Amount": wanted, "Unit": "USD"}
        assert (budget["BudgetType"], budget["TimeUnit"]) == ("COST", "MONTHLY")
        assert budget["CostFilters"] == {"TagKeyValue": [f"user:usecase${usecase}"]}


def test_people_are_told_before_the_month_is_over(assembly: Assembly) -> None:
    for stack in assembly.usecase_stacks:
        (found,) = assembly.resources(stack, "AWS::Budgets::Budget").values()
        told = found["Properties"]["NotificationsWithSubscribers"]
        assert [
            (each["Notification"]["NotificationType"], each["Notification"]["Threshold"])
            for each in told
        ] == [("ACTUAL", 80), ("FORECASTED", 100)]
        for each in told:
            (subscriber,) = each["Subscribers"]
            assert subscriber["SubscriptionType"] == "SNS"
            assert "Alarms" in json.dumps(subscriber["Address"])


def test_budgets_may_publish_to_the_encrypted_topic_for_this_account_only(
    assembly: Assembly,
) -> None:
    """Without the key's word an encrypted topic drops what it is told."""
    for stack in set(assembly.stacks) - set(assembly.usecase_stacks):
        (publish,) = statements_of(assembly, stack, "AWS::SNS::TopicPolicy", "PolicyDocument")
        (use,) = statements_of(assembly, stack, "AWS::KMS::Key", "KeyPolicy")
        assert many(publish["Action"]) == ["sns:Publish"]
        assert set(many(use["Action"])) == {"kms:Decrypt", "kms:GenerateDataKey"}
        for statement in (publish, use):
            account = statement["Condition"]["StringEquals"]["aws:SourceAccount"]
            assert account == {"Ref": "AWS::AccountId"}
            assert ":budgets::" in json.dumps(statement["Condition"]["ArnLike"]["aws:SourceArn"])


def test_whatever_can_bear_the_tag_of_the_use_case_does(assembly: Assembly) -> None:
    """By AWS's own schemas of the resource types."""
    for stack in assembly.usecase_stacks:
        wanted = {"Key": "usecase", "Value": stack.split("-", 2)[2]}
        bare = [
            name
            for name, resource in assembly.template(stack)["Resources"].items()
            if has_tags(resource["Type"]) and not borne(resource, wanted)
        ]
        assert bare == [], stack


def has_tags(kind: str) -> bool:
    if not kind.startswith("AWS::"):
        return False
    return "Tags" in SCHEMAS.get_resource_schema("us-east-1", kind).schema["properties"]


def borne(resource: dict[str, Any], wanted: dict[str, str]) -> bool:
    tags = resource["Properties"].get("Tags", [])
    if isinstance(tags, dict):
        return tags.get(wanted["Key"]) == wanted["Value"]
    return wanted in tags
