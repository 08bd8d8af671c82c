"""The release's states, in their order, with the one way back from each of them."""

from collections.abc import Mapping
from typing import Any

from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.function import Function
from infra.site import Site
from infra.state_machine import integration, invoke, retry

_LOCKED = retry(("Locked",), seconds=60, attempts=120, backoff=1)
_MOVING = retry(("StillMoving",), seconds=30, attempts=120, backoff=1)
_CONFLICT = retry(("Conflict",), seconds=30, attempts=5, backoff=1)
_ALARM_ON = retry(("AlarmStillOn",), seconds=30, attempts=30, backoff=1)


class ReleaseStates(Construct):
    """Each state calls the step of its name; functions/release/handler.py says what it keeps."""

    def __init__(
        self, scope: Construct, id: str, *, site: Site, function: Function, role: iam.Role
    ) -> None:
        super().__init__(scope, id)
        self._site, self._function, self.role = site, function, role
        self._way_back: sfn.IChainable

    def chain(self) -> sfn.IChainable:
        unlock = self._step("Unlock").next(self._end())
        record = self._step("Record").add_catch(unlock, result_path="$.error").next(unlock)
        settle = self._step("Settle", _MOVING).add_catch(record, result_path="$.error").next(record)
        self._way_back = settle
        canary = self._canary(settle)
        promote = self._safe(self._step("Promote", _CONFLICT)).next(settle)
        first = (
            sfn.Choice(self, "First?")
            .when(sfn.Condition.boolean_equals("$.plan.first", True), promote)
            .otherwise(canary)
        )
        publish = self._safe(self._step("Publish", _CONFLICT)).next(
            self._safe(self._step("Smoke")).next(first)
        )
        needed = (
            sfn.Choice(self, "Anything to release?")
            .when(sfn.Condition.string_equals("$.plan.action", "release"), publish)
            .otherwise(record)
        )
        plan = self._safe(self._step("Plan", _MOVING)).next(needed)
        return self._safe(self._step("Lock", _LOCKED)).next(plan)

    def _canary(self, settle: sfn.IChainable) -> sfn.IChainable:
        """Start, deploy, then judge and look until CodeDeploy is done."""
        deploy = self._safe(
            self._codedeploy(
                "Deploy",
                "createDeployment",
                {
                    "ApplicationName.$": "$.start.application",
                    "DeploymentGroupName.$": "$.start.group",
                    "Description.$": "$.start.description",
                    "Revision": {
                        "RevisionType": "AppSpecContent",
                        "AppSpecContent": {
                            "Content.$": "$.start.content",
                            "Sha256.$": "$.start.sha256",
                        },
                    },
                },
                "$.deployment",
            )
        )
        bake = sfn.Wait(self, "Bake", time=sfn.WaitTime.seconds_path("$.start.wait_seconds"))
        look = self._safe(
            self._codedeploy(
                "Look",
                "getDeployment",
                {"DeploymentId.$": "$.deployment.DeploymentId"},
                "$.status",
            )
        )
        status = "$.status.DeploymentInfo.Status"
        ended = [sfn.Condition.string_equals(status, s) for s in ("Succeeded", "Failed", "Stopped")]
        done = sfn.Choice(self, "Done?").when(sfn.Condition.or_(*ended), settle).otherwise(bake)
        judge = self._safe(self._step("Judge"))
        bake.next(judge.next(look.next(done)))
        return self._safe(self._step("Start", _ALARM_ON)).next(deploy.next(bake))

    def _end(self) -> sfn.IChainable:
        """Failing is loud: the machine's alarm tells someone."""
        result = "$.record.result"

        def said(value: str) -> sfn.Condition:
            return sfn.Condition.and_(
                sfn.Condition.is_present(result), sfn.Condition.string_equals(result, value)
            )

        return (
            sfn.Choice(self, "Result?")
            .when(said("promoted"), sfn.Succeed(self, "Promoted"))
            .when(said("nothing_to_release"), sfn.Succeed(self, "NothingToRelease"))
            .when(
                said("rolled_back"),
                sfn.Fail(self, "RolledBack", error="RolledBack", cause_path="$.record.why"),
            )
            .otherwise(
                sfn.Fail(
                    self,
                    "ReleaseFailed",
                    error="ReleaseFailed",
                    cause="see $.error and the release's row in the history",
                )
            )
        )

    def _step(self, name: str, *retries: Mapping[str, Any]) -> sfn.CustomState:
        step = name.lower()
        return invoke(
            self,
            name,
            function=self._function,
            role=self.role,
            payload={"step": step, "execution.$": "$$.Execution.Id", "state.$": "$"},
            result_path=f"$.{step}",
            retries=retries,
        )

    def _codedeploy(
        self, name: str, call: str, parameters: Mapping[str, Any], result_path: str
    ) -> sfn.CustomState:
        return sfn.CustomState(
            self,
            name,
            state_json={
                "Type": "Task",
                "Resource": integration(self, f"aws-sdk:codedeploy:{call}"),
                "Parameters": dict(parameters),
                "ResultPath": result_path,
                "Retry": [retry(("CodeDeploy.ThrottlingException",), attempts=3)],
            },
        )

    def _safe(self, state: sfn.CustomState) -> sfn.CustomState:
        """Whatever goes wrong, the alias is put back."""
        return state.add_catch(self._way_back, result_path="$.error")
