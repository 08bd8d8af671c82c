"""The release's states, in their order, with the one way back from each of them."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.function import Function
from infra.site import Site
from infra.state_machine import call, invoke, retry
from penstock.events import ROLLED_BACK

MOVING = retry(("StillMoving",), seconds=30, attempts=120, backoff=1)
_CONFLICT = retry(("Conflict",), seconds=30, attempts=5, backoff=1)
_ALARM_ON = retry(("AlarmStillOn",), seconds=30, attempts=30, backoff=1)
_MINUTES_BESIDE_THE_BAKE = 4 * 60


class ReleaseStates(Construct):
    """Each state calls the step of its name; functions/release/handler.py says what it keeps.

    How traffic is shifted, and how a shadow is asked, is for a subclass to say.
    """

    def __init__(
        self, scope: Construct, id: str, *, site: Site, function: Function, role: iam.Role
    ) -> None:
        super().__init__(scope, id)
        self._site, self._function, self.role = site, function, role
        self._way_back: sfn.IChainable

    @property
    def _strategy(self) -> str:
        return self._site.usecase.serving.strategy

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
        how.otherwise(promote if self._strategy == "all_at_once" else self._start(settle))
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

    def _start(self, settle: sfn.IChainable) -> sfn.IChainable:
        """From the golden requests to `settle`; a shadow is asked before any caller is."""
        shift = self._safe(self._step("Start", _ALARM_ON)).next(self._shift(settle))
        return self._shadowed(shift) if self._strategy == "shadow" else shift

    def _shift(self, settle: sfn.IChainable) -> sfn.IChainable:
        raise NotImplementedError

    def _shadowed(self, shift: sfn.IChainable) -> sfn.IChainable:
        raise NotImplementedError

    def _judged(
        self,
        move: sfn.CustomState,
        look: sfn.CustomState,
        done: Callable[[sfn.Wait], sfn.IChainable],
    ) -> sfn.IChainable:
        """`move` begins it; judge and look again and again, until `done` leads on."""
        bake = sfn.Wait(self, "Bake", time=sfn.WaitTime.seconds_path("$.start.wait_seconds"))
        bake.next(self._safe(self._step("Judge")).next(self._safe(look).next(done(bake))))
        return self._safe(move).next(bake)

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
                sfn.Fail(self, "RolledBack", error=ROLLED_BACK, cause_path="$.record.why"),
            )
            .when(
                said("failed"),
                sfn.Fail(self, "ReleaseFailed", error="ReleaseFailed", cause_path="$.record.why"),
            )
            .otherwise(
                sfn.Fail(
                    self,
                    "Unrecorded",
                    error="ReleaseFailed",
                    cause="what became of it could not be written down: see $.error",
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

    def _shift(self, settle: sfn.IChainable) -> sfn.IChainable:
        ask = partial(call, self, busy="CodeDeploy.ThrottlingException")
        revision = {
            "RevisionType": "AppSpecContent",
            "AppSpecContent": {"Content.$": "$.start.content", "Sha256.$": "$.start.sha256"},
        }
        deploy = ask(
            "Deploy",
            api="codedeploy:createDeployment",
            parameters={
                "ApplicationName.$": "$.start.application",
                "DeploymentGroupName.$": "$.start.group",
                "Description.$": "$.start.description",
                "Revision": revision,
            },
            result_path="$.deployment",
        )
        look = ask(
            "Look",
            api="codedeploy:getDeployment",
            parameters={"DeploymentId.$": "$.deployment.DeploymentId"},
            result_path="$.status",
        )
        status = "$.status.DeploymentInfo.Status"
        ended = [sfn.Condition.string_equals(status, s) for s in ("Succeeded", "Failed", "Stopped")]
        done = sfn.Choice(self, "Done?").when(sfn.Condition.or_(*ended), settle)
        return self._judged(deploy, look, done.otherwise)

    def _shadowed(self, shift: sfn.IChainable) -> sfn.IChainable:
        return self._safe(self._step("Replay")).next(shift)
