"""The table of CodeDeploy's operations: ours, and the ones that moto answers as AWS does."""

from __future__ import annotations

from localcloud.codedeploy import configs, deployments, groups
from localcloud.json_service import Operation
from localcloud.moto_backend import operation

_MOTO = (
    "BatchGetApplications",
    "GetApplication",
    "ListApplications",
    "ListDeploymentGroups",
    "ListTagsForResource",
    "TagResource",
    "UntagResource",
)


def operations() -> dict[str, Operation]:
    return {
        **{name: operation("codedeploy", name) for name in _MOTO},
        "BatchGetDeploymentTargets": deployments.batch_targets,
        "BatchGetDeployments": deployments.batch_get,
        "CreateApplication": groups.create_application,
        "CreateDeployment": deployments.create,
        "CreateDeploymentConfig": configs.create,
        "CreateDeploymentGroup": groups.create,
        "DeleteApplication": groups.delete_application,
        "DeleteDeploymentConfig": configs.delete,
        "DeleteDeploymentGroup": groups.delete,
        "GetDeployment": deployments.get,
        "GetDeploymentConfig": configs.get,
        "GetDeploymentGroup": groups.get,
        "GetDeploymentTarget": deployments.target,
        "ListDeploymentConfigs": configs.list_,
        "ListDeploymentTargets": deployments.list_targets,
        "ListDeployments": deployments.list_,
        "PutLifecycleEventHookExecutionStatus": deployments.put_hook_status,
        "StopDeployment": deployments.stop,
        "UpdateDeploymentGroup": groups.update,
    }
