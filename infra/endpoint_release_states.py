"""How an endpoint's traffic is shifted: SageMaker does it, while the judge looks on."""

from collections.abc import Mapping
from typing import Any

from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra import grants
from infra.endpoint import Endpoint
from infra.function import Function
from infra.release_states import ALARM_ON, MOVING, ReleaseStates
from infra.site import Site
from infra.state_machine import integration, retry

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

    def _shift(self, settle: sfn.IChainable) -> sfn.IChainable | None:
        """Mirror first, where a shadow is wanted; update, then judge and look until it is done."""
        strategy = self._site.usecase.serving.strategy
        if strategy == "all_at_once":
            return None
        self._let_update()
        start = self._safe(self._step("Start", ALARM_ON)).next(self._update(settle))
        return self._mirrored(start) if strategy == "shadow" else start

    def _update(self, settle: sfn.IChainable) -> sfn.IChainable:
        update = self._safe(
            self._sagemaker(
                "Update",
                "updateEndpoint",
                {
                    "EndpointName.$": "$.start.endpoint",
                    "EndpointConfigName.$": "$.start.config",
                    "RetainAllVariantProperties.$": "$.start.retain",
                    "DeploymentConfig.$": "$.start.deployment",
                },
                "$.deployment",
            )
        )
        bake = sfn.Wait(self, "Bake", time=sfn.WaitTime.seconds_path("$.start.wait_seconds"))
        look = self._safe(
            self._sagemaker(
                "Look",
                "describeEndpoint",
                {"EndpointName.$": "$.start.endpoint"},
                "$.status",
                keep={"EndpointStatus.$": "$.EndpointStatus"},
            )
        )
        under_way = [
            sfn.Condition.string_equals("$.status.EndpointStatus", status) for status in _UNDER_WAY
        ]
        done = sfn.Choice(self, "Done?").when(sfn.Condition.or_(*under_way), bake).otherwise(settle)
        bake.next(self._safe(self._step("Judge")).next(look.next(done)))
        return update.next(bake)

    def _mirrored(self, start: sfn.IChainable) -> sfn.IChainable:
        """The challenger beside the champion, unseen; then the champion alone, and the canary."""
        watch = sfn.Wait(self, "Watch", time=sfn.WaitTime.seconds_path("$.mirror.wait_seconds"))
        unmirror = self._safe(self._step("Unmirror", MOVING)).next(start)
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

    def _sagemaker(
        self,
        name: str,
        call: str,
        parameters: Mapping[str, Any],
        result_path: str,
        keep: Mapping[str, str] | None = None,
    ) -> sfn.CustomState:
        return sfn.CustomState(
            self,
            name,
            state_json={
                "Type": "Task",
                "Resource": integration(self, f"aws-sdk:sagemaker:{call}"),
                "Parameters": dict(parameters),
                **({"ResultSelector": dict(keep)} if keep else {}),
                "ResultPath": result_path,
                "Retry": [retry(("SageMaker.SageMakerException",), attempts=3)],
            },
        )
