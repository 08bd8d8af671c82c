"""A clock that starts something, by EventBridge Scheduler."""

from aws_cdk import Stack
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from infra import grants


class Schedule(Construct):
    """`rate` as in `rate(60 minutes)`; the role may do this one action on this one target."""

    def __init__(
        self, scope: Construct, id: str, *, rate: str, action: str, target_arn: str, request: str
    ) -> None:
        super().__init__(scope, id)
        role = grants.role(
            self,
            "Role",
            "scheduler.amazonaws.com",
            conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}},
        )
        grants.allow(role, action, on=[target_arn])
        schedule = scheduler.CfnSchedule(
            self,
            "Clock",
            schedule_expression=rate,
            flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
            target=scheduler.CfnSchedule.TargetProperty(
                arn=target_arn, role_arn=role.role_arn, input=request
            ),
        )
        schedule.node.add_dependency(role)
