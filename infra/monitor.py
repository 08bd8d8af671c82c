"""monitor: what came in is compared with what was learned from; an alarm begins a retraining."""

import json

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from constructs import Construct

from infra import grants
from infra.attention import attention_alarm
from infra.function import Function
from infra.predict import Predict
from infra.schedule import Schedule
from infra.site import Site
from infra.train import Train
from penstock import layout
from penstock.events import METRIC_DRIFT, NAMESPACE


class Monitor(Construct):
    """The drift alarm never rolls back: it is often still on when its retraining is released.

    It tells no one by itself: `infra.attention` does, with the causes that the function gives.
    """

    def __init__(
        self, scope: Construct, id: str, *, site: Site, train: Train, predict: Predict
    ) -> None:
        super().__init__(scope, id)
        self.drift = self._drift(site)
        self.alarm = self._drift_alarm(site)
        self.attention_name = f"{Stack.of(self).stack_name}-Attention"
        self.function = self._function(site, train, predict)
        self.silent = self._silence_alarm(site)
        self.attention = attention_alarm(
            self, "Attention", site=site, name=self.attention_name, of=[self.alarm, self.silent]
        )
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

    def _drift(self, site: Site) -> cloudwatch.Metric:
        """How many have drifted; a period spans a look of the monitor, whatever its minute."""
        return cloudwatch.Metric(
            namespace=NAMESPACE,
            metric_name=METRIC_DRIFT,
            dimensions_map={
                "usecase": site.usecase.name,
                "environment": site.environment.name,
            },
            period=Duration.minutes(site.usecase.monitoring.every_minutes),
            statistic="Maximum",
        )

    def _drift_alarm(self, site: Site) -> cloudwatch.Alarm:
        """It rests on findings that are held to the budget of false alarms, so one is enough."""
        return cloudwatch.Alarm(
            self,
            "Drift",
            alarm_description=(
                f"{site.usecase.name} ({site.environment.name}): inputs or scores have moved"
            ),
            metric=self.drift,
            threshold=0,
            evaluation_periods=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            # No word is no news: a quiet hour neither raises nor clears it.
            treat_missing_data=cloudwatch.TreatMissingData.IGNORE,
        )

    def _silence_alarm(self, site: Site) -> cloudwatch.Alarm:
        """The monitor failed, found no records of requests, heard no request, or did not run.

        Lambda counts 0 errors of a look that went well, so that a missing count is no look at all;
        two looks a period, because schedules jitter.
        """
        alarm = cloudwatch.Alarm(
            self,
            "Silent",
            alarm_description=(
                f"{site.usecase.name} ({site.environment.name}): nobody watches the model, "
                "the monitor failed or did not run"
            ),
            metric=self.function.function.metric_errors(
                period=Duration.minutes(2 * site.usecase.monitoring.every_minutes),
                statistic="Sum",
            ),
            threshold=1,
            evaluation_periods=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.BREACHING,
        )
        # by itself too: a drift that lasts keeps the other on, and it tells of a change only
        alarm.add_alarm_action(site.platform.alarm_action)
        return alarm

    def _function(self, site: Site, train: Train, predict: Predict) -> Function:
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
                "TOPIC_ARN": platform.alarms.topic_arn,
                "DRIFT_ALARM": self.alarm.alarm_name,
                "ATTENTION_ALARM": self.attention_name,
                "PREDICT_FUNCTION": predict.function.name,
                "TRAIN_STATE_MACHINE": train.machine.state_machine_arn,
            },
            memory_mb=2048,
            timeout=Duration.minutes(10),
        )

    def _let(self, site: Site, train: Train) -> None:
        role, usecase, platform = self.function.role, site.usecase.name, site.platform
        reports = f"{layout.MONITORING}/{usecase}/"
        predictions, baselines = (
            layout.predictions_prefix(usecase),
            f"{layout.EVALUATIONS}/{usecase}/",
        )
        grants.read(role, platform.lake, predictions, reports)
        grants.list_objects(role, platform.lake, predictions, reports)
        grants.write(role, platform.lake, reports)
        grants.read(role, platform.artifacts, baselines)
        grants.list_objects(role, platform.artifacts, baselines)
        grants.use_table(
            role,
            platform.table,
            "dynamodb:GetItem",
            keys=[f"champion#{usecase}", f"training#{usecase}"],
        )
        grants.see_alarms(role)
        attention = site.arn(self, "cloudwatch", f"alarm:{self.attention_name}")
        grants.allow(role, "cloudwatch:SetAlarmState", on=[attention])
        grants.allow(role, "cloudwatch:GetMetricStatistics", on=["*"], why=grants.NO_RESOURCE)
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
