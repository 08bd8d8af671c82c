"""Which resource a CodeDeploy request is about, and what else the caller must be allowed."""

from __future__ import annotations

from localcloud.codedeploy import deployments, groups, names
from localcloud.json_service import Document

_COLLECTIONS = ("ListApplications", "ListDeploymentConfigs")


def resource(request: Document, operation: str) -> str:
    if operation in _COLLECTIONS or operation == "StopDeployment":  # which takes no resource
        return "*"
    if "resourceArn" in request or "ResourceArn" in request:
        return str(request.get("resourceArn") or request.get("ResourceArn"))
    if "deploymentId" in request:
        found = deployments.find(request["deploymentId"])
        return names.group(found.application, found.group)
    group = request.get("deploymentGroupName") or request.get("currentDeploymentGroupName")
    if group:
        return names.group(request["applicationName"], group)
    if "applicationName" in request:
        return names.application(request["applicationName"])
    if "deploymentConfigName" in request:
        return names.config(request["deploymentConfigName"])
    return "*"


def extra(operation: str, request: Document) -> list[tuple[str, str, Document]]:
    """AWS reads the configuration and registers the revision in the caller's name, and passes
    the service role to itself."""
    if operation == "CreateDeployment":
        application = names.application(request["applicationName"])
        config = request.get("deploymentConfigName") or groups.config_of(
            request["applicationName"], request["deploymentGroupName"]
        )
        return [
            ("codedeploy:GetDeploymentConfig", names.config(config), {}),
            ("codedeploy:RegisterApplicationRevision", application, {}),
            ("codedeploy:GetApplicationRevision", application, {}),
        ]
    role = request.get("serviceRoleArn")
    if operation in ("CreateDeploymentGroup", "UpdateDeploymentGroup") and role:
        return [("iam:PassRole", role, {"iam:PassedToService": "codedeploy.amazonaws.com"})]
    return []
