"""AWS::Budgets::Budget in a stack: stored with its notifications, changed in place or made anew."""

from __future__ import annotations

from typing import Any

from cloudformation_stacks import Stack, Template
from localcloud_wires import Client

from localcloud.config import ACCOUNT

TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:people"


def template(amount: float, threshold: float) -> Template:
    budget = {
        "BudgetType": "COST",
        "TimeUnit": "MONTHLY",
        "BudgetLimit": {"Amount": amount, "Unit": "USD"},
        "CostFilters": {"TagKeyValue": ["user:usecase$some"]},
    }
    told = {
        "Notification": {
            "NotificationType": "ACTUAL",
            "ComparisonOperator": "GREATER_THAN",
            "Threshold": threshold,
            "ThresholdType": "PERCENTAGE",
        },
        "Subscribers": [{"SubscriptionType": "SNS", "Address": TOPIC}],
    }
    properties = {"Budget": budget, "NotificationsWithSubscribers": [told]}
    return {
        "Resources": {"Monthly": {"Type": "AWS::Budgets::Budget", "Properties": properties}},
        "Outputs": {"Name": {"Value": {"Ref": "Monthly"}}},
    }


def budgets(client: Client) -> dict[str, dict[str, Any]]:
    found = client("budgets").describe_budgets(AccountId=ACCOUNT).get("Budgets", [])
    return {budget["BudgetName"]: budget for budget in found}


def test_it_lives_and_dies_with_its_stack(client: Client) -> None:
    stack = Stack(client)
    assert stack.create(template(12.5, 80)) == "CREATE_COMPLETE"
    name = stack.outputs()["Name"]
    found = budgets(client)[name]
    assert float(found["BudgetLimit"]["Amount"]) == 12.5
    assert found["CostFilters"] == {"TagKeyValue": ["user:usecase$some"]}
    (told,) = client("budgets").describe_notifications_for_budget(
        AccountId=ACCOUNT, BudgetName=name
    )["Notifications"]
    assert (told["NotificationType"], told["Threshold"]) == ("ACTUAL", 80)

    assert stack.update(template(30, 80)) == "UPDATE_COMPLETE"
    assert stack.outputs()["Name"] == name, "a limit is changed in place"
    assert float(budgets(client)[name]["BudgetLimit"]["Amount"]) == 30

    assert stack.update(template(30, 90)) == "UPDATE_COMPLETE"
    anew = stack.outputs()["Name"]
    assert anew != name, "a notification can only be changed with its budget"
    assert name not in budgets(client)

    stack.delete()
    assert anew not in budgets(client)
