"""The deployment operations: one active deployment a group, and what may be asked of it."""

from __future__ import annotations

import contextvars
import threading

from localcloud.codedeploy import appspec, configs, groups, shifting
from localcloud.codedeploy.record import TERMINAL, Deployment
from localcloud.json_service import Document, ServiceError
from localcloud.tables import table

_deployments: dict[str, Deployment] = table("codedeploy.deployments")
_lock = threading.Lock()


def create(request: Document) -> Document:
    application, name = request["applicationName"], request.get("deploymentGroupName", "")
    if not name:
        raise ServiceError("DeploymentGroupNameRequiredException", "deploymentGroupName is missing")
    group = groups.find(application, name)
    if "revision" not in request:
        raise ServiceError("RevisionRequiredException", "a deployment needs a revision")
    config = request.get("deploymentConfigName") or group.deployment_config_name
    configs.find(config)
    deployment = Deployment(
        application=application,
        group=name,
        config=config,
        role=group.service_role_arn,
        shift=appspec.parse(request["revision"]),
        revision=request["revision"],
        description=request.get("description", ""),
        alarms=request.get("overrideAlarmConfiguration") or group.alarm_configuration or {},
        rollback=request.get("autoRollbackConfiguration")
        or group.auto_rollback_configuration
        or {},
    )
    with _lock:
        for other in _deployments.values():
            same = (other.application, other.group) == (application, name)
            if same and other.status not in TERMINAL:
                raise ServiceError(
                    "DeploymentLimitExceededException",
                    f"The Deployment Group '{name}' already has an active Deployment '{other.id}'",
                )
        _deployments[deployment.id] = deployment
    run = contextvars.copy_context().run
    arguments = (shifting.run, deployment, _keep)
    threading.Thread(target=run, args=arguments, name=deployment.id, daemon=True).start()
    return {"deploymentId": deployment.id}


def resume() -> None:
    """A deployment does not outlive its server: it fails, and rolls back if its group says so."""
    for deployment in list(_deployments.values()):
        if deployment.status not in TERMINAL:
            threading.Thread(
                target=shifting.interrupted, args=(deployment, _keep), daemon=True
            ).start()


def _keep(deployment: Deployment) -> None:
    _deployments[deployment.id] = deployment


def get(request: Document) -> Document:
    return {"deploymentInfo": _asked(request).info()}


def batch_get(request: Document) -> Document:
    return {"deploymentsInfo": [find(one).info() for one in request["deploymentIds"]]}


def list_(request: Document) -> Document:
    wanted = request.get("includeOnlyStatuses")
    found = [
        deployment
        for deployment in _deployments.values()
        if request.get("applicationName") in (None, deployment.application)
        and request.get("deploymentGroupName") in (None, deployment.group)
        and (not wanted or deployment.status in wanted)
    ]
    return {"deployments": [deployment.id for deployment in reversed(found)]}


def stop(request: Document) -> Document:
    deployment = _asked(request)
    if deployment.status in TERMINAL:
        raise ServiceError(
            "DeploymentAlreadyCompletedException",
            f"Deployment {deployment.id} has already ended as {deployment.status}",
        )
    events = deployment.rollback.get("events", []) if deployment.rollback.get("enabled") else []
    default = "DEPLOYMENT_STOP_ON_REQUEST" in events
    deployment.stop_rolls_back = request.get("autoRollbackEnabled", default)
    deployment.stop_requested.set()
    return {"status": "Pending", "statusMessage": "The deployment is being stopped"}


def target(request: Document) -> Document:
    deployment = _asked(request)
    if request.get("targetId") != deployment.target_id:
        raise ServiceError(
            "DeploymentTargetDoesNotExistException",
            f"{deployment.id} has no target {request.get('targetId')}; "
            f"it has {deployment.target_id}",
        )
    return {"deploymentTarget": deployment.target()}


def batch_targets(request: Document) -> Document:
    ids = request["targetIds"]
    words = {"deploymentId": request["deploymentId"]}
    return {
        "deploymentTargets": [target({**words, "targetId": i})["deploymentTarget"] for i in ids]
    }


def list_targets(request: Document) -> Document:
    return {"targetIds": [_asked(request).target_id]}


def put_hook_status(request: Document) -> Document:
    deployment = _asked(request)
    execution = request.get("lifecycleEventHookExecutionId", "")
    if execution not in deployment.hooks:
        raise ServiceError(
            "InvalidLifecycleEventHookExecutionIdException",
            f"{deployment.id} waits for no hook execution {execution!r}",
        )
    if deployment.hooks[execution] != "Pending":
        raise ServiceError(
            "LifecycleEventAlreadyCompletedException", f"{execution} was reported already"
        )
    if request.get("status") not in ("Succeeded", "Failed"):
        raise ServiceError(
            "InvalidLifecycleEventHookExecutionStatusException", "expected Succeeded or Failed"
        )
    deployment.hooks[execution] = request["status"]
    return {"lifecycleEventHookExecutionId": execution}


def _asked(request: Document) -> Deployment:
    """The model does not demand the id; the service does."""
    if not request.get("deploymentId"):
        raise ServiceError("DeploymentIdRequiredException", "A deployment ID is required")
    return find(request["deploymentId"])


def find(deployment_id: str) -> Deployment:
    if deployment_id not in _deployments:
        raise ServiceError(
            "DeploymentDoesNotExistException", f"The deployment {deployment_id} could not be found"
        )
    return _deployments[deployment_id]
