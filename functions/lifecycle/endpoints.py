"""Removes what the releases of an endpoint made: with the stack, or when the mode is changed.

Resource properties: Environment, Usecase, Mode, Slug, Endpoints (the live one first), Archives
(s3://bucket/prefix). Create and update do nothing; another mode is another resource, so that the
old one's endpoint is deleted, which SageMaker could not turn into the new one. A change of mode
that fails deletes the new mode's resource, and the old one's endpoint has to stay. Every step may
be repeated.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from functions.lifecycle import cfn_response, sweeping, waiting
from functions.lifecycle.cfn_response import Event, Handled
from functions.shared import endpoint_scaling, endpoints
from penstock import events

_MADE: tuple[endpoints.Kind, ...] = ("EndpointConfig", "Model")


@dataclass(frozen=True)
class Endpoints:
    """Clients by service name, and a clock, so that a test needs neither AWS nor patience."""

    client: Callable[[str], Any]
    sleep: Callable[[float], None] = field(default=time.sleep)
    now: Callable[[], float] = field(default=time.monotonic)

    def apply(self, event: Event) -> Handled:
        wanted = event["ResourceProperties"]
        if event["RequestType"] == "Delete":
            self._remove(wanted)
            return event["PhysicalResourceId"], {}
        return f"{wanted['Slug']}:{wanted['Mode']}", {}

    def _remove(self, wanted: dict[str, Any]) -> None:
        """Endpoints first: what they run has to stay until they are gone."""
        sagemaker, names = self.client("sagemaker"), wanted["Endpoints"]
        if _is_of_another_mode(sagemaker, names[0], wanted["Mode"]):
            return
        scaling = self.client("application-autoscaling")
        endpoint_scaling.withdraw(scaling, names[0], events.VARIANT)
        waiting.until_gone(lambda: self._left(sagemaker, wanted), self.sleep, self.now)
        for kind in _MADE:
            for name in endpoints.made(sagemaker, kind, wanted["Slug"]):
                endpoints.delete(sagemaker, kind, name)
        sweeping.objects(self.client("s3"), wanted["Archives"])

    def _left(self, sagemaker: Any, wanted: dict[str, Any]) -> list[str]:
        """Those that are not gone yet, told to go if they may be; one that is being updated may
        not, and ends the sooner for a bad verdict."""
        left = []
        for name in wanted["Endpoints"]:
            found = endpoints.describe(sagemaker.describe_endpoint, EndpointName=name)
            if found is None:
                continue
            status = found["EndpointStatus"]
            if status == "Updating":
                self._condemn(wanted)
            elif status not in endpoints.BUSY:
                sagemaker.delete_endpoint(EndpointName=name)
            left.append(f"{name} ({status})")
        return left

    def _condemn(self, wanted: dict[str, Any]) -> None:
        dimensions = {"usecase": wanted["Usecase"], "environment": wanted["Environment"]}
        self.client("cloudwatch").put_metric_data(
            Namespace=events.NAMESPACE,
            MetricData=[
                {
                    "MetricName": events.METRIC_VERDICT,
                    "Dimensions": [{"Name": k, "Value": v} for k, v in dimensions.items()],
                    "Value": 1.0,
                }
            ],
        )


def _is_of_another_mode(sagemaker: Any, endpoint: str, mode: str) -> bool:
    """Then nothing was released in `mode` yet: there is nothing of it to be removed."""
    found = endpoints.describe(sagemaker.describe_endpoint, EndpointName=endpoint) or {}
    variants = found.get("ProductionVariants", [])
    serverless = {"CurrentServerlessConfig" in variant for variant in variants}
    return bool(serverless) and serverless != {mode == "serverless_endpoint"}


def handler(event: Event, context: Any) -> None:
    import boto3  # here, so that the logic above needs no AWS to be imported

    cfn_response.respond(event, context, Endpoints(boto3.client).apply)
