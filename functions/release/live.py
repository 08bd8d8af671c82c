"""What `live` points at: reading it, setting it, and waiting for whoever is moving it."""

from contextlib import suppress
from dataclasses import dataclass

from functions.release.context import FunctionRelease
from functions.release.errors import StillMoving

ACTIVE = ("Created", "Queued", "InProgress", "Baking", "Ready")


@dataclass(frozen=True)
class Alias:
    """The alias as read: its version, and the weights of others if traffic is split."""

    version: str
    routing: dict[str, float]
    revision: str


def read(release: FunctionRelease) -> Alias:
    found = release.aws.awslambda.get_alias(
        FunctionName=release.settings.predict_function, Name=release.settings.alias
    )
    routing = (found.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
    return Alias(found["FunctionVersion"], dict(routing), found["RevisionId"])


def point(release: FunctionRelease, version: str, seen: Alias) -> Alias:
    """All traffic to `version`; StillMoving if someone moved the alias since it was `seen`."""
    client = release.aws.awslambda
    try:
        client.update_alias(
            FunctionName=release.settings.predict_function,
            Name=release.settings.alias,
            FunctionVersion=version,
            RoutingConfig={"AdditionalVersionWeights": {}},
            RevisionId=seen.revision,
        )
    except client.exceptions.PreconditionFailedException:
        raise StillMoving(
            f"someone moved it while it was set to version {version}",
            where=f"{release.settings.predict_function}:{release.settings.alias}",
            expected="the alias as it was just read",
        ) from None
    return read(release)


def settle_deployments(release: FunctionRelease) -> None:
    """Stop what still moves traffic, back to where it came from; StillMoving until it has ended.

    A roll-back is a deployment of its own: asking for the group's, not for one by its id, sees it.
    """
    codedeploy = release.aws.codedeploy
    for deployment in active(release):
        if not _is_rollback(release, deployment):
            with suppress(codedeploy.exceptions.DeploymentAlreadyCompletedException):
                codedeploy.stop_deployment(deploymentId=deployment, autoRollbackEnabled=True)
    wait_for_deployments(release)


def wait_for_deployments(release: FunctionRelease) -> None:
    if moving := active(release):
        raise StillMoving(
            f"deployment {', '.join(moving)} has not ended",
            where=release.settings.deployment_group,
            expected="no deployment under way",
        )


def active(release: FunctionRelease) -> list[str]:
    found = release.aws.codedeploy.list_deployments(
        applicationName=release.settings.codedeploy_application,
        deploymentGroupName=release.settings.deployment_group,
        includeOnlyStatuses=list(ACTIVE),
    )
    return list(found["deployments"])


def _is_rollback(release: FunctionRelease, deployment: str) -> bool:
    info = release.aws.codedeploy.get_deployment(deploymentId=deployment)["deploymentInfo"]
    return bool(info.get("creator") == "codeDeployRollback")
