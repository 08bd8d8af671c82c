"""The release's machine and what begins it, whatever it releases: a function or an endpoint."""

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from constructs import Construct

from infra import grants
from infra.alarms import health_alarm
from infra.function import Function
from infra.register import Register
from infra.release_states import ReleaseStates
from infra.site import Site
from infra.state_machine import StateMachine


class ReleaseRoad(Construct):
    """A subclass makes its function, its states and its alarm, and then opens the road."""

    function: Function
    machine: StateMachine
    alarm: cloudwatch.Alarm
    verdict: cloudwatch.Alarm

    def _open(self, *, site: Site, states: ReleaseStates, register: Register) -> None:
        self.machine = StateMachine(
            self,
            "Road",
            site=site,
            definition=states.chain(),
            role=states.role,
            # it may wait for one before it, and takes as long itself
            timeout=Duration.minutes(2 * states.longest_minutes),
        )
        self._let_see_own_executions(site)
        self.alarm = health_alarm(
            self,
            "Failed",
            site=site,
            metric=self.machine.failed(),
            says="a release failed or was rolled back",
        )
        self._on_approved_model(register)
        self._on_new_code()

    def _let_see_own_executions(self, site: Site) -> None:
        """Does a lock's holder still run? A policy apart: the machine needs the function first."""
        executions = site.arn(self, "states", f"execution:{self.machine.state_machine_name}:*")
        grants.allow_separately(
            self,
            "SeeExecutions",
            self.function.role,
            "states:DescribeExecution",
            on=[executions],
            why="executions get their names when they start",
        )

    def _on_approved_model(self, register: Register) -> None:
        events.Rule(
            self,
            "ModelApproved",
            event_pattern=events.EventPattern(
                source=["aws.sagemaker"],
                detail_type=["SageMaker Model Package State Change"],
                detail={
                    "ModelPackageGroupName": [register.group_name],
                    "ModelApprovalStatus": ["Approved"],
                },
            ),
            targets=[self._begin(reason="model", model_package_arn="$.detail.ModelPackageArn")],
        )

    def _on_new_code(self) -> None:
        """The stack has changed; whether what is live must change, the release finds out."""
        events.Rule(
            self,
            "StackChanged",
            event_pattern=events.EventPattern(
                source=["aws.cloudformation"],
                detail_type=["CloudFormation Stack Status Change"],
                detail={
                    "stack-id": [Stack.of(self).stack_id],
                    "status-details": {"status": ["CREATE_COMPLETE", "UPDATE_COMPLETE"]},
                },
            ),
            targets=[self._begin(reason="code")],
        )

    def _begin(self, **request: str) -> targets.SfnStateMachine:
        fields = {
            name: events.EventField.from_path(value) if value.startswith("$.") else value
            for name, value in request.items()
        }
        return targets.SfnStateMachine(
            self.machine, input=events.RuleTargetInput.from_object(fields)
        )
