"""monitor: what came in is compared with what was learned from; an alarm begins a retraining."""

import json

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from constructs import Construct

from infra import grants
from infra.function import Function
from infra.schedule import Schedule
from infra.site import Site
from infra.train import Train
from penstock import layout
from penstock.events import METRIC_DRIFT, NAMESPACE


class Monitor(Construct):
    """The drift alarm never rolls back: it is often still on when its retraining is released."""

    def __init__(self, scope: Construct, id: str, *, site: Site, train: Train) -> None:
        super().__init__(scope, id)
        self.alarm = self._drift_alarm(site)
        self.function = self._function(site, train)
        self._let(site, train)
        self.function.report_failures()
        Schedule(
            self,
            "Every",
            rate=_rate(site.usecase.monitoring.every_minutes, "minute"),
            action="lambda:InvokeFunction",
            target_arn=self.function.arn,
            request="{}",
        )
        retraining = site.usecase.retraining
        if "drift" in retraining.on:
            self._retrain_on_drift(train)
        if retraining.schedule_days is not None:
            Schedule(
                self,
                "Retraining",
                rate=_rate(retraining.schedule_days, "day"),
                action="states:StartExecution",
                target_arn=train.machine.state_machine_arn,
                request=json.dumps({"trigger": "schedule"}),
            )

    def _drift_alarm(self, site: Site) -> cloudwatch.Alarm:
        """One period spans a look of the monitor, whatever minute it falls on."""
        minutes = site.usecase.monitoring.every_minutes
        alarm = cloudwatch.Alarm(
            self,
            "Drift",
            alarm_description=(
                f"{site.usecase.name} ({site.environment.name}): inputs or scores have moved"
            ),
            metric=cloudwatch.Metric(
                namespace=NAMESPACE,
                metric_name=METRIC_DRIFT,
                dimensions_map={
                    "usecase": site.usecase.name,
                    "environment": site.environment.name,
                },
                period=Duration.minutes(minutes),
                statistic="Maximum",
            ),
            threshold=site.usecase.monitoring.psi_alarm,
            evaluation_periods=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            # No word is no news: a quiet hour neither raises nor clears it.
            treat_missing_data=cloudwatch.TreatMissingData.IGNORE,
        )
        alarm.add_alarm_action(site.platform.alarm_action)
        return alarm

    def _function(self, site: Site, train: Train) -> Function:
        platform = site.platform
        return Function(
            self,
            "Monitor",
            site=site,
            stage="monitor",
            layers=["scan", "tools"],
            environment={
                "ENVIRONMENT": site.environment.name,
                "LAKE_BUCKET": platform.lake.bucket_name,
                "ARTIFACTS_BUCKET": platform.artifacts.bucket_name,
                "TABLE_NAME": platform.table.table_name,
                "DRIFT_ALARM": self.alarm.alarm_name,
                "TRAIN_STATE_MACHINE": train.machine.state_machine_arn,
            },
            memory_mb=2048,
            timeout=Duration.minutes(10),
        )

    def _let(self, site: Site, train: Train) -> None:
        role, usecase, platform = self.function.role, site.usecase.name, site.platform
        grants.read(role, platform.lake, layout.predictions_prefix(usecase))
        grants.write(role, platform.lake, f"{layout.MONITORING}/{usecase}/")
        grants.read(role, platform.artifacts, f"{layout.EVALUATIONS}/{usecase}/")
        grants.use_table(
            role,
            platform.table,
            "dynamodb:GetItem",
            keys=[f"champion#{usecase}", f"training#{usecase}"],
        )
        grants.see_alarms(role)
        grants.allow(
            role,
            "states:ListExecutions",
            "states:StartExecution",
            on=[train.machine.state_machine_arn],
        )

    def _retrain_on_drift(self, train: Train) -> None:
        train.start_on(
            "Drifted",
            events.EventPattern(
                source=["aws.cloudwatch"],
                detail_type=["CloudWatch Alarm State Change"],
                resources=[self.alarm.alarm_arn],
                detail={"state": {"value": ["ALARM"]}},
            ),
            {"trigger": "drift"},
        )


def _rate(number: int, unit: str) -> str:
    return f"rate({number} {unit if number == 1 else unit + 's'})"
