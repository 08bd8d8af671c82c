"""How an endpoint's traffic is shifted: SageMaker does it, while the judge looks on."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra import grants
from infra.endpoint import Endpoint
from infra.function import Function
from infra.release_states import MOVING, ReleaseStates
from infra.site import Site
from infra.state_machine import call

_UNDER_WAY = ("Creating", "Updating", "SystemUpdating", "RollingBack")


class EndpointStates(ReleaseStates):
    """functions/release/endpoint/handler.py says what each state keeps."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        site: Site,
        function: Function,
        role: iam.Role,
        endpoint: Endpoint,
    ) -> None:
        super().__init__(scope, id, site=site, function=function, role=role)
        self._endpoint = endpoint

    def _retries_while_it_moves(self) -> tuple[Mapping[str, Any], ...]:
        return (MOVING,)

    def _shift(self, settle: sfn.IChainable) -> sfn.IChainable:
        self._let_update()
        ask = partial(call, self, busy="SageMaker.SageMakerException")
        update = ask(
            "Update",
            api="sagemaker:updateEndpoint",
            parameters={
                "EndpointName.$": "$.start.endpoint",
                "EndpointConfigName.$": "$.start.config",
                "RetainAllVariantProperties.$": "$.start.retain",
                "DeploymentConfig.$": "$.start.deployment",
            },
            result_path="$.deployment",
        )
        look = ask(
            "Look",
            api="sagemaker:describeEndpoint",
            parameters={"EndpointName.$": "$.start.endpoint"},
            result_path="$.status",
            keep={"EndpointStatus.$": "$.EndpointStatus"},
        )
        under_way = sfn.Condition.or_(
            *(sfn.Condition.string_equals("$.status.EndpointStatus", s) for s in _UNDER_WAY)
        )
        done = sfn.Choice(self, "Done?")
        return self._judged(update, look, lambda bake: done.when(under_way, bake).otherwise(settle))

    def _shadowed(self, shift: sfn.IChainable) -> sfn.IChainable:
        """The challenger beside the champion, unseen; then the champion alone, and the canary."""
        watch = sfn.Wait(self, "Watch", time=sfn.WaitTime.seconds_path("$.mirror.wait_seconds"))
        unmirror = self._safe(self._step("Unmirror", MOVING)).next(shift)
        good = sfn.Condition.string_equals("$.compare.verdict", "good")
        compared = sfn.Choice(self, "Alike?").when(good, unmirror).otherwise(watch)
        watch.next(self._safe(self._step("Compare")).next(compared))
        return self._safe(self._step("Mirror", MOVING)).next(watch)

    def _let_update(self) -> None:
        """What Step Functions itself asks of SageMaker: the endpoint, and the configuration."""
        site, role = self._site, self.role
        live = site.arn(self, "sagemaker", f"endpoint/{self._endpoint.name}")
        grants.allow(role, "sagemaker:UpdateEndpoint", "sagemaker:DescribeEndpoint", on=[live])
        grants.allow(
            role,
            "sagemaker:UpdateEndpoint",
            on=[site.arn(self, "sagemaker", f"endpoint-config/{site.slug}-*")],
            why=grants.AT_RUN_TIME,
        )
