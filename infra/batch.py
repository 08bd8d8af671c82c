"""batch: files in the lake are cut into parts, and each part is scored by one version of predict.

One alarm beyond the budget of a `lambda`-mode use case: nobody waits for a job, so that nobody
else would see it fail.
"""

from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra import grants
from infra.alarms import health_alarm
from infra.explain import Explain
from infra.function import Function
from infra.predict import Predict
from infra.site import Site
from infra.state_machine import StateMachine, integration, invoke, retry
from penstock import layout

# Asked again, these say the same.
_FINAL = ("ContractsDiffer", "NoModel", "RuntimesDiffer")


class Batch(Construct):
    """`prefixes` of the lake hold what jobs are given, and what they leave."""

    def __init__(
        self, scope: Construct, id: str, *, site: Site, predict: Predict, explain: Explain
    ) -> None:
        super().__init__(scope, id)
        self._site, self._settings = site, site.usecase.serving.batch
        self._native = explain if self._settings.runtime == "native" else None
        kinds = ("in", "sent", "jobs", "out", "failed")
        self._in, self._sent, self._jobs, self._out, self._failed = self.prefixes = [
            layout.batch_prefix(site.usecase.name, kind) for kind in kinds
        ]
        self.function = self._function(predict)
        self._let(predict)
        self._role = grants.role(self, "JobRole", "states.amazonaws.com")
        self.machine = StateMachine(
            self,
            "Job",
            site=site,
            definition=self._definition(),
            role=self._role,
            timeout=Duration.hours(24),
        )
        self._let_map()
        self.alarm = health_alarm(
            self, "Failed", site=site, metric=self.machine.failed(), says="a batch job failed"
        )
        self._on_file()
        self.outputs = {"BatchStateMachineArn": self.machine.state_machine_arn}

    def _function(self, predict: Predict) -> Function:
        platform, serving = self._site.platform, self._site.usecase.serving
        return Function(
            self,
            "Batch",
            site=self._site,
            stage="batch",
            layers=["scan", "tools"],
            environment={
                "ENVIRONMENT": self._site.environment.name,
                "LAKE_BUCKET": platform.lake.bucket_name,
                "TABLE_NAME": platform.table.table_name,
                "PREDICT_FUNCTION": predict.function.name,
                "PREDICT_TIMEOUT_SECONDS": str(serving.timeout_seconds),
                "ROWS_PER_PART": str(self._settings.rows_per_part),
                "OUTPUT": self._settings.output,
                "EXPLAIN_FUNCTION": self._native.name if self._native else "",
            },
            memory_mb=3008,
            timeout=Duration.minutes(15),
        )

    def _let(self, predict: Predict) -> None:
        role, platform, usecase = self.function.role, self._site.platform, self._site.usecase
        grants.read(role, platform.lake, self._in, self._sent, self._jobs)
        grants.read_versions(role, platform.lake, self._in, self._sent)
        grants.list_objects(role, platform.lake, self._in, self._sent, self._jobs)
        records = layout.predictions_prefix(usecase.name)
        grants.write(role, platform.lake, self._jobs, self._out, self._failed, records)
        rows = [f"champion#{usecase.name}"]
        if any(column.personal for column in usecase.columns):
            rows.append(f"key#{usecase.name}")
        grants.use_table(role, platform.table, "dynamodb:GetItem", keys=rows)
        # By its number: a job is answered by one model from its beginning to its end.
        grants.allow(
            role,
            "lambda:InvokeFunction",
            on=[f"{predict.function.arn}:*"],
            why=grants.VERSIONS,
        )
        if self._native:
            self._native.let_ask(role)

    def _definition(self) -> sfn.IChainable:
        plan = self._step("Plan", {"request.$": "$"})
        finish = self._step(
            "Finish",
            {
                "plan.$": "$.plan",
                "results.$": "$.scored.ResultWriterDetails",
                "started.$": "$$.Execution.StartTime",
            },
        ).next(sfn.Succeed(self, "Done"))
        nothing = sfn.Pass(
            self,
            "No rows",
            result=sfn.Result.from_object({"ResultWriterDetails": None}),
            result_path="$.scored",
        ).next(finish)
        scored = sfn.CustomState(self, "Score", state_json=self._map()).next(finish)
        action = "$.plan.action"
        choice = (
            sfn.Choice(self, "Any rows?")
            .when(sfn.Condition.string_equals(action, "score"), scored)
            .when(sfn.Condition.string_equals(action, "finish"), nothing)
            .otherwise(sfn.Succeed(self, "No file"))
        )
        return plan.next(choice)

    def _step(self, name: str, payload: dict[str, Any]) -> sfn.CustomState:
        return invoke(
            self,
            name,
            function=self.function,
            role=self._role,
            payload={"step": name.lower(), **payload},
            result_path=f"$.{name.lower()}",
        )

    def _map(self) -> dict[str, Any]:
        """No failure of a part is tolerated, for its rows would be missing; a redrive goes on."""
        bucket = self._site.platform.lake.bucket_name
        patient = retry(("States.ALL",), seconds=5, attempts=4)
        part = {
            "Type": "Task",
            "Resource": self.function.arn,
            "Retry": [{"ErrorEquals": list(_FINAL), "MaxAttempts": 0}, patient],
            "End": True,
        }
        return {
            "Type": "Map",
            "Label": "Parts",
            "MaxConcurrency": self._settings.max_concurrency,
            "ItemReader": {
                "Resource": integration(self, "s3:getObject"),
                "ReaderConfig": {"InputType": "JSON"},
                "Parameters": {"Bucket": bucket, "Key.$": "$.plan.manifest"},
            },
            "ItemSelector": {
                "step": "score",
                "job.$": "$.plan.job",
                "part.$": "$$.Map.Item.Value",
            },
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                "StartAt": "Part",
                "States": {"Part": part},
            },
            "ResultWriter": {
                "Resource": integration(self, "s3:putObject"),
                "WriterConfig": {"Transformation": "COMPACT", "OutputType": "JSON"},
                "Parameters": {"Bucket": bucket, "Prefix.$": "$.plan.results"},
            },
            "ResultPath": "$.scored",
        }

    def _let_map(self) -> None:
        """A map run is executions of its own machine, and reads and writes as the machine does."""
        lake, machine = self._site.platform.lake, self.machine
        grants.read(self._role, lake, self._jobs)
        grants.write(self._role, lake, self._jobs)
        grants.allow(
            self._role,
            "s3:AbortMultipartUpload",
            "s3:ListMultipartUploadParts",
            on=grants.object_arns(lake, [self._jobs]),
            why=grants.BY_PREFIX,
        )
        name = machine.state_machine_name
        executions = [
            self._site.arn(self, "states", f"execution:{name}{of}:*") for of in ("", "/Parts")
        ]
        grants.allow_separately(
            self,
            "MapPolicy",
            self._role,
            "states:DescribeExecution",
            "states:RedriveExecution",
            "states:StartExecution",
            "states:StopExecution",
            on=[machine.state_machine_arn, *executions],
            why="the executions of a job's parts get their names when they are started",
        )

    def _on_file(self) -> None:
        """The event itself is the machine's input."""
        events.Rule(
            self,
            "FileIn",
            event_pattern=events.EventPattern(
                source=["aws.s3"],
                detail_type=["Object Created"],
                detail={
                    "bucket": {"name": [self._site.platform.lake.bucket_name]},
                    "object": {"key": [{"prefix": self._in}]},
                },
            ),
            targets=[targets.SfnStateMachine(self.machine)],
        )
