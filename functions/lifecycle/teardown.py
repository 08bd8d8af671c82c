"""Deleted first, it removes what releases and jobs made and CloudFormation does not know of.

Resource properties: StateMachineArns (list), TrainingJobPrefix, ModelPackageGroup, EmptyPrefixes
(list of s3://bucket/prefix; empty in prod, where data stays), and where the predict function
answers CodeDeployApplication, DeploymentGroup, FunctionName (endpoints.py removes the others).
Create and update do nothing. Every step may be repeated.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from functions.lifecycle import cfn_response, stopping, sweeping, waiting
from functions.lifecycle.cfn_response import Event, Handled


@dataclass(frozen=True)
class Teardown:
    """Clients by service name, and a clock, so that a test needs neither AWS nor patience."""

    client: Callable[[str], Any]
    sleep: Callable[[float], None] = field(default=time.sleep)
    now: Callable[[], float] = field(default=time.monotonic)

    def apply(self, event: Event) -> Handled:
        physical_id = event.get("PhysicalResourceId", f"teardown-{event['LogicalResourceId']}")
        if event["RequestType"] == "Delete":
            self._remove(event["ResourceProperties"])
        return physical_id, {}

    def _remove(self, wanted: dict[str, Any]) -> None:
        """Movers first (they would make more), then what they made."""
        states, sagemaker = self.client("stepfunctions"), self.client("sagemaker")
        for machine in wanted["StateMachineArns"]:
            stopping.executions(states, machine)
        stopping.training_jobs(sagemaker, wanted["TrainingJobPrefix"])
        if "FunctionName" in wanted:
            self._remove_versions(wanted)
        self._wait(lambda: stopping.running_jobs(sagemaker, wanted["TrainingJobPrefix"]))
        sweeping.model_packages(sagemaker, wanted["ModelPackageGroup"])
        for prefix in wanted.get("EmptyPrefixes", ()):
            sweeping.objects(self.client("s3"), prefix)

    def _remove_versions(self, wanted: dict[str, Any]) -> None:
        codedeploy = self.client("codedeploy")
        group = (wanted["CodeDeployApplication"], wanted["DeploymentGroup"])
        stopping.deployments(codedeploy, *group)
        self._wait(lambda: stopping.active_deployments(codedeploy, *group))
        sweeping.versions(self.client("lambda"), wanted["FunctionName"])

    def _wait(self, left: Callable[[], list[str]]) -> None:
        waiting.until_gone(left, self.sleep, self.now)


def handler(event: Event, context: Any) -> None:
    import boto3  # here, so that the logic above needs no AWS to be imported

    cfn_response.respond(event, context, Teardown(boto3.client).apply)
