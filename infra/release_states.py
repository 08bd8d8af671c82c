"""The release's states, in their order, with the one way back from each of them."""

from collections.abc import Mapping
from typing import Any

from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.function import Function
from infra.site import Site
from infra.state_machine import integration, invoke, retry

MOVING = retry(("StillMoving",), seconds=30, attempts=120, backoff=1)
_CONFLICT = retry(("Conflict",), seconds=30, attempts=5, backoff=1)
ALARM_ON = retry(("AlarmStillOn",), seconds=30, attempts=30, backoff=1)
_MINUTES_BESIDE_THE_BAKE = 4 * 60


class ReleaseStates(Construct):
    """Each state calls the step of its name; functions/release/handler.py says what it keeps.

    How traffic is shifted is for a subclass to say.
    """

    def __init__(
        self, scope: Construct, id: str, *, site: Site, function: Function, role: iam.Role
    ) -> None:
        super().__init__(scope, id)
        self._site, self._function, self.role = site, function, role
        self._way_back: sfn.IChainable

    @property
    def longest_minutes(self) -> int:
        """Of one release, from its lock to its end."""
        return self._site.usecase.serving.bake_minutes + _MINUTES_BESIDE_THE_BAKE

    def chain(self) -> sfn.IChainable:
        unlock = self._step("Unlock").next(self._end())
        record = self._step("Record").add_catch(unlock, result_path="$.error").next(unlock)
        settle = self._step("Settle", MOVING).add_catch(record, result_path="$.error").next(record)
        self._way_back = settle
        waits = self._retries_while_it_moves()
        promote = self._safe(self._step("Promote", _CONFLICT, *waits)).next(settle)
        at_once = sfn.Condition.boolean_equals("$.plan.at_once", True)
        how = sfn.Choice(self, "At once?").when(at_once, promote)
        if (shifting := self._shift(settle)) is not None:
            how.otherwise(shifting)
        else:
            how.otherwise(promote)
        publish = self._safe(self._step("Publish", _CONFLICT)).next(
            self._safe(self._step("Smoke", *waits)).next(how)
        )
        restore = self._safe(self._step("Restore", _CONFLICT, *waits)).next(settle)
        action = "$.plan.action"
        needed = (
            sfn.Choice(self, "Anything to release?")
            .when(sfn.Condition.string_equals(action, "release"), publish)
            .when(sfn.Condition.string_equals(action, "rollback"), restore)
            .otherwise(record)
        )
        plan = self._safe(self._step("Plan", MOVING)).next(needed)
        # a minute apart at last, for as long as the one before may take
        locked = retry(("Locked",), seconds=5, attempts=self.longest_minutes + 10, backoff=1.5)
        locked |= {"MaxDelaySeconds": 60}
        return self._safe(self._step("Lock", locked)).next(plan)

    def _shift(self, settle: sfn.IChainable) -> sfn.IChainable | None:
        """From the golden requests to `settle`; None where traffic is never divided."""
        raise NotImplementedError

    def _retries_while_it_moves(self) -> tuple[Mapping[str, Any], ...]:
        """Of smoke, promote and restore, where what they move takes minutes."""
        return ()

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
            .when(said("restored"), sfn.Succeed(self, "Restored"))
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
            payload={
                "step": step,
                "execution.$": "$$.Execution.Id",
                "started.$": "$$.Execution.StartTime",
                "state.$": "$",
            },
            result_path=f"$.{step}",
            retries=retries,
        )

    def _safe(self, state: sfn.CustomState) -> sfn.CustomState:
        """Whatever goes wrong, the champion gets all traffic back."""
        return state.add_catch(self._way_back, result_path="$.error")


class FunctionStates(ReleaseStates):
    """The predict function's: CodeDeploy moves the alias while the judge looks on."""

    def _shift(self, settle: sfn.IChainable) -> sfn.IChainable | None:
        """Replay first, where a shadow is wanted; start, deploy, then judge and look until done."""
        strategy = self._site.usecase.serving.strategy
        if strategy == "all_at_once":
            return None
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
        start = self._safe(self._step("Start", ALARM_ON)).next(deploy.next(bake))
        return self._safe(self._step("Replay")).next(start) if strategy == "shadow" else start

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
