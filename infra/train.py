"""train: prepare -> train -> evaluate -> register, begun by events and never by hand alone."""

from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra import grants
from infra.alarms import health_alarm
from infra.evaluate import Evaluate
from infra.prepare import Prepare
from infra.register import Register
from infra.site import Site
from infra.state_machine import StateMachine, integration, invoke, retry
from infra.training_job import TrainingJob
from penstock.events import DATASET_READY, GATES_FAILED, SOURCE

# Facts of a model that its package carries, so that an audit needs no other place to start.
LINEAGE = (
    "trigger", "reason", "dataset_version", "training_job", "artifact_uri", "artifact_sha256",
    "artifact_version_id", "model_sha256", "metrics_uri", "baseline_uri", "gates_uri",
    "expected_shift",
)  # fmt: skip

# Expected, so no failure: an alarm that is still on asks again and again. What lasts, the monitor
# tells people of.
REFUSALS = ("CoolingDown", "MonthlyCap", "LoopPaused")


class Train(Construct):
    def __init__(self, scope: Construct, id: str, *, site: Site, register: Register) -> None:
        super().__init__(scope, id)
        self._site, self._register = site, register
        self._role = grants.role(self, "Role", "states.amazonaws.com")
        self.prepare = Prepare(self, "Preparation", site=site)
        self.evaluate = Evaluate(self, "Evaluation", site=site)
        self.job = TrainingJob(self, "Job", site=site)
        self.machine = StateMachine(
            self,
            "Road",
            site=site,
            definition=self._definition(),
            role=self._role,
            timeout=Duration.hours(24),
        )
        self.alarm = health_alarm(
            self, "Failed", site=site, metric=self.machine.failed(), says="a training failed"
        )
        if "dataset" in site.usecase.retraining.on:
            self._on_new_dataset()

    def start_on(self, id: str, pattern: events.EventPattern, request: dict[str, Any]) -> None:
        """Begin a training with `request` on each event that fits."""
        target = targets.SfnStateMachine(
            self.machine, input=events.RuleTargetInput.from_object(request)
        )
        events.Rule(self, id, event_pattern=pattern, targets=[target])

    def _on_new_dataset(self) -> None:
        version = events.EventField.from_path("$.detail.dataset_version")
        self.start_on(
            "NewDataset",
            events.EventPattern(
                source=[SOURCE],
                detail_type=[DATASET_READY],
                detail={
                    "environment": [self._site.environment.name],
                    "usecase": [self._site.usecase.name],
                },
            ),
            {"trigger": "dataset", "dataset_version": version},
        )

    def _definition(self) -> sfn.IChainable:
        request = sfn.Pass(
            self,
            "Request",
            state_name="Request",
            parameters={"request.$": "$$.Execution.Input", "execution.$": "$$.Execution.Id"},
        )
        prepare = invoke(
            self,
            "Prepare",
            function=self.prepare.function,
            role=self._role,
            result_path="$.prepare",
        )
        for refusal in REFUSALS:
            prepare.add_catch(sfn.Succeed(self, refusal), errors=[refusal], result_path="$.error")
        train = self.job.state("Train", role=self._role)
        evaluate = invoke(
            self,
            "Evaluate",
            function=self.evaluate.function,
            role=self._role,
            payload={
                "prepare.$": "$.prepare",
                "training_job_name.$": "$.train.TrainingJobName",
                "model_artifact_uri.$": "$.train.ModelArtifacts.S3ModelArtifacts",
            },
            result_path="$.evaluate",
        )
        passed = (
            sfn.Choice(self, "Passed?")
            .when(
                sfn.Condition.boolean_equals("$.evaluate.passed", True),
                sfn.Succeed(self, "Registered"),
            )
            .otherwise(
                sfn.Fail(
                    self,
                    "GatesFailed",
                    error=GATES_FAILED,
                    cause_path="States.Format('Model package {}: {}', "
                    "$.register.ModelPackageArn, $.evaluate.description)",
                )
            )
        )
        chain = prepare.next(train).next(evaluate).next(self._register_state()).next(passed)
        return request.next(chain)

    def _register_state(self) -> sfn.CustomState:
        site = self._site
        grants.allow(
            self._role,
            "sagemaker:CreateModelPackage",
            on=[
                self._register.group_arn,
                site.arn(self, "sagemaker", f"model-package/{site.slug}/*"),
            ],
            why="a package gets its number when it is registered",
        )
        facts: dict[str, Any] = {f"{name}.$": f"$.evaluate.{name}" for name in LINEAGE}
        return sfn.CustomState(
            self,
            "Register",
            state_json={
                "Type": "Task",
                "Resource": integration(self, "aws-sdk:sagemaker:createModelPackage"),
                "Parameters": {
                    "ModelPackageGroupName": self._register.group_name,
                    "ModelPackageDescription.$": "$.evaluate.description",
                    "ModelApprovalStatus.$": "$.evaluate.approval",
                    # SageMaker makes one package of one token, however often it is asked.
                    "ClientToken.$": "States.Hash($$.Execution.Id, 'MD5')",
                    "InferenceSpecification": {
                        "Containers": [
                            {
                                "Image": self.job.image,
                                "ModelDataUrl.$": "$.evaluate.artifact_uri",
                            }
                        ],
                        "SupportedContentTypes": ["application/json"],
                        "SupportedResponseMIMETypes": ["application/json"],
                    },
                    "CustomerMetadataProperties": {
                        **facts,
                        "environment": site.environment.name,
                        "git_commit": site.git_commit,
                    },
                },
                "ResultPath": "$.register",
                "Retry": [retry(("SageMaker.ThrottlingException",), attempts=3)],
            },
        )
