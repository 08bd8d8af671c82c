"""Stopping what runs: executions, training jobs, deployments."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from botocore.exceptions import ClientError

_ACTIVE = ["Created", "Queued", "InProgress", "Baking", "Ready"]
_GONE = ("DoesNotExist", "NotFound", "AlreadyCompleted")


def executions(client: Any, machine: str) -> None:
    pages = client.get_paginator("list_executions").paginate(
        stateMachineArn=machine, statusFilter="RUNNING"
    )
    with suppress(client.exceptions.StateMachineDoesNotExist):
        for execution in [e["executionArn"] for page in pages for e in page["executions"]]:
            with suppress(client.exceptions.ExecutionDoesNotExist):
                client.stop_execution(
                    executionArn=execution, error="StackDeleted", cause="its stack is being deleted"
                )


def training_jobs(client: Any, prefix: str) -> None:
    for name in _jobs(client, prefix, "InProgress"):
        try:
            client.stop_training_job(TrainingJobName=name)
        except ClientError as error:  # SageMaker's one code for a job that has just ended
            if error.response["Error"]["Code"] != "ValidationException":
                raise


def running_jobs(client: Any, prefix: str) -> list[str]:
    return [*_jobs(client, prefix, "InProgress"), *_jobs(client, prefix, "Stopping")]


def deployments(client: Any, application: str, group: str) -> None:
    for deployment in active_deployments(client, application, group):
        with suppress(client.exceptions.DeploymentAlreadyCompletedException):
            client.stop_deployment(deploymentId=deployment, autoRollbackEnabled=False)


def active_deployments(client: Any, application: str, group: str) -> list[str]:
    try:
        found = client.list_deployments(
            applicationName=application, deploymentGroupName=group, includeOnlyStatuses=_ACTIVE
        )
    except ClientError as error:
        if any(word in error.response["Error"]["Code"] for word in _GONE):
            return []
        raise
    return list(found["deployments"])


def _jobs(client: Any, prefix: str, status: str) -> Iterator[str]:
    """NameContains finds more than prefixes: the rest belongs to someone else."""
    if not prefix:
        raise ValueError("no TrainingJobPrefix: that would be every job of the account")
    pages = client.get_paginator("list_training_jobs").paginate(
        NameContains=prefix, StatusEquals=status
    )
    names = [j["TrainingJobName"] for page in pages for j in page["TrainingJobSummaries"]]
    return (name for name in names if name.startswith(prefix))
