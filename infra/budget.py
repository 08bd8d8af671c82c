"""The month's budget of a use case: told at 80 % spent, and when the month is to end above it.

By the tag `usecase`, which every resource of the stack bears, and what jobs and releases make
too; what use cases share (the lake, its key) is in none. Nothing is counted before the payer's
account activates `usecase` as a cost-allocation tag in the billing console.
"""

from aws_cdk import aws_budgets as budgets
from constructs import Construct

from infra.site import Site

_Notified = budgets.CfnBudget.NotificationWithSubscribersProperty


class Budget(Construct):
    """Two notifications and no action, which is free. Its name is generated: a changed
    notification makes a new budget."""

    def __init__(self, scope: Construct, id: str, *, site: Site) -> None:
        super().__init__(scope, id)
        self._topic = site.platform.alarms.topic_arn
        budgets.CfnBudget(
            self,
            "Monthly",
            budget=budgets.CfnBudget.BudgetDataProperty(
                budget_type="COST",
                time_unit="MONTHLY",
                budget_limit=budgets.CfnBudget.SpendProperty(
                    amount=site.usecase.budget.monthly_usd, unit="USD"
                ),
                cost_filters={"TagKeyValue": [f"user:usecase${site.usecase.name}"]},
            ),
            notifications_with_subscribers=[
                self._notified("ACTUAL", 80),
                self._notified("FORECASTED", 100),
            ],
        )

    def _notified(self, of: str, percent: int) -> _Notified:
        return _Notified(
            notification=budgets.CfnBudget.NotificationProperty(
                notification_type=of,
                comparison_operator="GREATER_THAN",
                threshold=percent,
                threshold_type="PERCENTAGE",
            ),
            subscribers=[
                budgets.CfnBudget.SubscriberProperty(subscription_type="SNS", address=self._topic)
            ],
        )
