"""monitor: what came in is compared with what was learned from; an alarm begins a retraining."""

import json

from aws_cdk import Duration, Stack
from aws_cdk import aws_events as events
from constructs import Construct

from infra import grants
from infra.athena import Athena
from infra.attention import attention_alarm
from infra.endpoint import Endpoint
from infra.explain import Explain
from infra.function import Function
from infra.monitor_alarms import drift_alarm, drift_metric, silence_alarm
from infra.predict import Predict
from infra.schedule import Schedule
from infra.site import Site
from infra.train import Train
from penstock import layout


class Monitor(Construct):
    """The drift alarm never rolls back: it is often still on when its retraining is released.

    It tells no one by itself: `infra.attention` does, with the causes that the function gives.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        site: Site,
        train: Train,
        predict: Predict | Endpoint,
        explain: Explain,
    ) -> None:
        super().__init__(scope, id)
        self.drift = drift_metric(site)
        self.alarm = drift_alarm(self, "Drift", site=site, metric=self.drift)
        self.attention_name = f"{Stack.of(self).stack_name}-Attention"
        self.athena = None
        if site.usecase.monitoring.athena_above_mb is not None:
            self.athena = Athena(self, "Athena", site=site, table=predict.log.table.ref)
        self.function = self._function(site, train, predict, explain)
        self.silent = silence_alarm(self, "Silent", site=site, monitor=self.function)
        self.attention = attention_alarm(
            self, "Attention", site=site, name=self.attention_name, of=[self.alarm, self.silent]
        )
        self._let(site, train)
        self._let_see_live(site, predict)
        if self.athena:
            self.athena.let(self.function)
        if site.usecase.monitoring.attribution:
            explain.let_ask(self.function.role)
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

    def _function(
        self, site: Site, train: Train, predict: Predict | Endpoint, explain: Explain
    ) -> Function:
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
                "REQUESTS_METRIC": Stack.of(self).to_json_string(
                    {
                        "namespace": predict.requests.namespace,
                        "name": predict.requests.metric_name,
                        "dimensions": predict.requests.dimensions,
                    }
                ),
                "TRAIN_STATE_MACHINE": train.machine.state_machine_arn,
                "PREDICT_FUNCTION": predict.outputs.get("PredictFunctionName", ""),
                "ENDPOINT_NAME": predict.outputs.get("EndpointName", ""),
                "EXPLAIN_FUNCTION": explain.name,
                "ATHENA_WORKGROUP": self.athena.name if self.athena else "",
                "PREDICTIONS_TABLE": f'"{platform.database.ref}"."{predict.log.table.ref}"',
            },
            memory_mb=2048,
            timeout=Duration.minutes(10),
        )

    def _let(self, site: Site, train: Train) -> None:
        role, usecase, platform = self.function.role, site.usecase.name, site.platform
        reports = f"{layout.MONITORING}/{usecase}/"
        predictions = layout.predictions_prefix(usecase)
        baselines = f"{layout.EVALUATIONS}/{usecase}/"
        seen = [predictions, reports]
        if site.usecase.labels is not None:
            seen.append(layout.labelled_prefix(usecase))
        grants.read(role, platform.lake, *seen)
        grants.list_objects(role, platform.lake, *seen)
        grants.write(role, platform.lake, reports)
        grants.read(role, platform.artifacts, baselines)
        grants.list_objects(role, platform.artifacts, baselines)
        grants.use_table(
            role,
            platform.table,
            "dynamodb:GetItem",
            keys=[f"{kind}#{usecase}" for kind in ("champion", "lock", "training", "labels")],
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

    def _let_see_live(self, site: Site, predict: Predict | Endpoint) -> None:
        """Only a release may move what answers; who moves it by hand is to be heard of."""
        action, arn = (
            ("lambda:GetAlias", predict.function.arn)
            if isinstance(predict, Predict)
            else (
                "sagemaker:DescribeEndpoint",
                site.arn(self, "sagemaker", f"endpoint/{predict.name}"),
            )
        )
        grants.allow(self.function.role, action, on=[arn])

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
