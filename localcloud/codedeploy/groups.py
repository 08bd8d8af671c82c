"""Applications and deployment groups: moto's records, with what moto leaves out."""

from __future__ import annotations

from typing import Any

from localcloud import roles
from localcloud.json_service import Document, ServiceError
from localcloud.moto_backend import backend, call

# Members of a group that mean something for Lambda; the others are for instances and ECS.
_MEMBERS = {
    "deploymentConfigName": "deployment_config_name",
    "serviceRoleArn": "service_role_arn",
    "triggerConfigurations": "trigger_configurations",
    "alarmConfiguration": "alarm_configuration",
    "autoRollbackConfiguration": "auto_rollback_configuration",
    "deploymentStyle": "deployment_style",
}
_STYLE = {"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"}


def create_application(request: Document) -> Document:
    if request.get("computePlatform") != "Lambda":
        raise ServiceError(
            "InvalidComputePlatformException", "the local cloud deploys computePlatform Lambda only"
        )
    return call("codedeploy", "CreateApplication", request)


def delete_application(request: Document) -> Document:
    name, store = request["applicationName"], backend("codedeploy")
    store.applications.pop(name, None)
    store.deployment_groups.pop(name, None)
    return {}


def create(request: Document) -> Document:
    _check(request)
    made = call("codedeploy", "CreateDeploymentGroup", request)
    if not request.get("deploymentConfigName"):
        record = find(request["applicationName"], request["deploymentGroupName"])
        record.deployment_config_name = "CodeDeployDefault.LambdaAllAtOnce"
    return made


def update(request: Document) -> Document:
    application, name = request["applicationName"], request["currentDeploymentGroupName"]
    if request.get("newDeploymentGroupName", name) != name:
        raise ServiceError(
            "InvalidDeploymentGroupNameException", "the local cloud does not rename a group"
        )
    known = {*_MEMBERS, "applicationName", "currentDeploymentGroupName", "newDeploymentGroupName"}
    _check(request, known)
    record = find(application, name)
    for member, attribute in _MEMBERS.items():
        if member in request:
            setattr(record, attribute, request[member])
    return {"hooksNotCleanedUp": []}


def get(request: Document) -> Document:
    """moto drops the alarms and answers with empty members; AWS leaves those out."""
    record = find(request["applicationName"], request["deploymentGroupName"])
    info = {
        "applicationName": record.application.application_name,
        "deploymentGroupId": record.deployment_group_id,
        "deploymentGroupName": record.deployment_group_name,
        "computePlatform": "Lambda",
        **{member: getattr(record, attribute) for member, attribute in _MEMBERS.items()},
    }
    info["deploymentStyle"] = info["deploymentStyle"] or _STYLE
    return {"deploymentGroupInfo": {k: v for k, v in info.items() if v not in (None, {})}}


def delete(request: Document) -> Document:
    groups = backend("codedeploy").deployment_groups.get(request["applicationName"], {})
    groups.pop(request["deploymentGroupName"], None)
    return {"hooksNotCleanedUp": []}


def find(application: str, name: str) -> Any:
    record = backend("codedeploy").deployment_groups.get(application, {}).get(name)
    if record is None:
        call(
            "codedeploy",
            "GetDeploymentGroup",
            {"applicationName": application, "deploymentGroupName": name},
        )  # raises what AWS raises
    return record


def config_of(application: str, name: str) -> str:
    config: str = find(application, name).deployment_config_name
    return config


def uses_config(config: str) -> bool:
    return any(
        group.deployment_config_name == config
        for groups in backend("codedeploy").deployment_groups.values()
        for group in groups.values()
    )


def _check(request: Document, known: set[str] | None = None) -> None:
    from localcloud.codedeploy import configs

    known = known or {*_MEMBERS, "applicationName", "deploymentGroupName", "tags"}
    if unknown := request.keys() - known:
        raise ServiceError(
            "InvalidInputException",
            f"a deployment group for Lambda takes {sorted(known)}; got also {sorted(unknown)}",
        )
    if name := request.get("deploymentConfigName"):
        configs.find(name)
    if role := request.get("serviceRoleArn"):
        _check_role(role)
    if request.get("deploymentStyle", _STYLE) != _STYLE:
        raise ServiceError(
            "InvalidDeploymentStyleException", f"Lambda deployments have the style {_STYLE}"
        )


def _check_role(role: str) -> None:
    try:
        roles.check_trust(role, "codedeploy.amazonaws.com")
    except ServiceError as error:
        raise ServiceError(
            "InvalidRoleException",
            f"AWS CodeDeploy does not have the permissions required to assume the role {role}.",
        ) from error
