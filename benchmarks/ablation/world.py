"""The deployed use case as the segments see it: its parts, its clock, its decisions."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from typing import Any, TypeVar

from benchmarks.ablation.statements import Decision
from cli.demo import watch
from cli.demo.story import ENVIRONMENT, Story
from cli.demo.story import Unexpected as Unexpected
from cli.stack import stack_name

T = TypeVar("T")
ACTIVE = ["Created", "Queued", "InProgress", "Baking", "Ready"]


@dataclass
class World:
    """`limit`: seconds after which a segment that is not yet over gives up waiting."""

    story: Story
    limit: float | None = None
    recorded: str = ""  # the model that the records in the lake are about
    labels: list[dict[str, str]] = field(default_factory=list)  # of answers that were just given
    numbers: count[int] = field(default_factory=lambda: count(int(time.time())))

    def aws(self, service: str) -> Any:
        return self.story.aws(service)

    @property
    def name(self) -> str:
        return self.story.name

    @property
    def stack(self) -> Any:
        return self.story.deployed

    @cached_property
    def resources(self) -> list[dict[str, Any]]:
        pages = self.aws("cloudformation").get_paginator("list_stack_resources")
        name = stack_name(ENVIRONMENT, self.name)
        found = pages.paginate(StackName=name)
        return [r for page in found for r in page["StackResourceSummaries"]]

    def roles(self) -> list[tuple[str, str]]:
        return [
            (r["LogicalResourceId"], r["PhysicalResourceId"])
            for r in self.resources
            if r["ResourceType"] == "AWS::IAM::Role"
        ]

    def physical(self, kind: str, logical: str) -> str:
        """The id of the one resource of this type whose logical id is this and CDK's hash."""
        found = [
            str(r["PhysicalResourceId"])
            for r in self.resources
            if r["ResourceType"] == kind and r["LogicalResourceId"][:-8] == logical
        ]
        (one,) = found
        return one

    def function(self, logical: str) -> str:
        return self.physical("AWS::Lambda::Function", f"{logical}Function")

    def role_of(self, logical: str) -> str:
        """The name of a function's role."""
        name = self.function(logical)
        found = self.aws("lambda").get_function_configuration(FunctionName=name)
        return str(found["Role"].rpartition("/")[2])

    @cached_property
    def topic(self) -> str:
        pages = self.aws("cloudformation").list_stack_resources(
            StackName=stack_name(ENVIRONMENT, "Platform")
        )["StackResourceSummaries"]
        (arn,) = [r["PhysicalResourceId"] for r in pages if r["ResourceType"] == "AWS::SNS::Topic"]
        return str(arn)

    def until(self, look: Callable[[], T | None], what: str, within: float = 30.0) -> T:
        seconds = within if self.limit is None else min(within, self.limit)
        return watch.until(look, what, within=seconds)

    def advance(self, seconds: float) -> None:
        """Let this many AWS seconds pass, and all that they bring."""
        self._post("clock", {"advance_seconds": seconds})

    def decisions(self, since: int) -> tuple[int, list[Decision]]:
        """The number to ask from next time, and what was decided since `since`."""
        url = f"{self.story.place.endpoint}/_localcloud/decisions?since={since}"
        with urllib.request.urlopen(url, timeout=30) as answer:
            found = json.load(answer)
        return found["next"], found["decisions"]

    def cursor(self) -> int:
        return self.decisions(2**62)[0]

    def _post(self, path: str, body: dict[str, Any]) -> None:
        url = f"{self.story.place.endpoint}/_localcloud/{path}"
        head = {"Content-Type": "application/json"}
        request = urllib.request.Request(url, json.dumps(body).encode(), head, method="POST")
        with urllib.request.urlopen(request, timeout=120):
            return

    def expect_log(self, group: str, since: float, whose: str, stream: str = "") -> None:
        """Some line of `whose` since then, in the group (and in streams that begin so)."""
        words = {"logStreamNamePrefix": stream} if stream else {}

        def look() -> bool | None:
            found = self.aws("logs").filter_log_events(
                logGroupName=group, startTime=int(since * 1000), limit=1, **words
            )
            return True if found["events"] else None

        self.until(look, f"a line in the log of {whose}", within=3)

    def expect_function_logged(self, logical: str, since: float) -> None:
        name = self.function(logical)
        found = self.aws("lambda").get_function_configuration(FunctionName=name)
        self.expect_log(found["LoggingConfig"]["LogGroup"], since, logical)

    def last_deployment(self) -> dict[str, Any]:
        """The newest that is no roll-back of CodeDeploy's own."""
        client = self.aws("codedeploy")
        ids = client.list_deployments(
            applicationName=self.application, deploymentGroupName=self.deployment_group
        )["deployments"]
        found = (client.get_deployment(deploymentId=id)["deploymentInfo"] for id in ids)
        own = [one for one in found if one.get("creator") != "codeDeployRollback"]
        newest: dict[str, Any] = max(own, key=lambda one: one["createTime"])
        return newest

    def settle(self) -> None:
        """What a segment left running or half done does not reach into the next one."""
        states, codedeploy = self.aws("stepfunctions"), self.aws("codedeploy")
        for machine in (self.stack.train_state_machine_arn, self.stack.release_state_machine_arn):
            running = states.list_executions(stateMachineArn=machine, statusFilter="RUNNING")
            for execution in running["executions"]:
                states.stop_execution(executionArn=execution["executionArn"])
        for deployment in self.deployments():
            codedeploy.stop_deployment(deploymentId=deployment, autoRollbackEnabled=True)
        watch.until(
            lambda: None if self.deployments() else True, "the end of a deployment", within=30
        )
        watch.until(lambda: None if self._jobs() else True, "the end of a job", within=60)
        self._make_alias_whole()

    def _jobs(self) -> list[Any]:
        client, moving = self.aws("sagemaker"), ("InProgress", "Stopping")
        found = (client.list_training_jobs(StatusEquals=status) for status in moving)
        return [job for page in found for job in page["TrainingJobSummaries"]]

    @property
    def application(self) -> str:
        return self.physical("AWS::CodeDeploy::Application", "ReleaseCanaryApplication")

    @property
    def deployment_group(self) -> str:
        return self.physical("AWS::CodeDeploy::DeploymentGroup", "ReleaseCanaryGroup")

    def deployments(self) -> list[str]:
        """Those that have not ended."""
        found: list[str] = self.aws("codedeploy").list_deployments(
            applicationName=self.application,
            deploymentGroupName=self.deployment_group,
            includeOnlyStatuses=ACTIVE,
        )["deployments"]
        return found

    def _make_alias_whole(self) -> None:
        function, alias = self.stack.predict_function_name, self.stack.predict_alias
        client = self.aws("lambda")
        seen = client.get_alias(FunctionName=function, Name=alias)
        if (seen.get("RoutingConfig") or {}).get("AdditionalVersionWeights"):
            client.update_alias(
                FunctionName=function, Name=alias, RoutingConfig={"AdditionalVersionWeights": {}}
            )


def now() -> float:
    """AWS's timestamps are whole milliseconds."""
    return time.time() - 0.001
