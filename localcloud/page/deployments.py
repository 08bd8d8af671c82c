"""CodeDeploy's deployments, by its own operations."""

from __future__ import annotations

from localcloud import json_service
from localcloud.page.bounded import Document, newest, of, seconds

_MOST = 20


def section() -> Document:
    operations = json_service.SERVED["codedeploy"]
    known = operations["ListDeployments"]({})["deployments"]  # the newest first
    infos = operations["BatchGetDeployments"]({"deploymentIds": known[:_MOST]})["deploymentsInfo"]
    return of(newest(infos, lambda i: i.get("createTime"), _shown)["items"], len(known))


def _shown(info: Document) -> Document:
    operations = json_service.SERVED["codedeploy"]
    asked = {"deploymentId": info["deploymentId"]}
    targets = operations["ListDeploymentTargets"](asked)["targetIds"]
    found = operations["BatchGetDeploymentTargets"]({**asked, "targetIds": targets})
    return {
        "id": info["deploymentId"],
        "application": info["applicationName"],
        "group": info["deploymentGroupName"],
        "config": info["deploymentConfigName"],
        "status": info["status"],
        "error": (info.get("errorInformation") or {}).get("message"),
        "rollback": (info.get("rollbackInfo") or {}).get("rollbackMessage"),
        "created": seconds(info["createTime"]),
        "ended": seconds(info.get("completeTime")),
        "targets": [_target(t["lambdaTarget"]) for t in found["deploymentTargets"]],
    }


def _target(target: Document) -> Document:
    function = target["lambdaFunctionInfo"]
    return {
        "function": function["functionName"],
        "alias": function["functionAlias"],
        "from": function.get("currentVersion"),
        "to": function.get("targetVersion"),
        "weight": function.get("targetVersionWeight"),
        "lifecycle": [
            {"name": e["lifecycleEventName"], "status": e["status"]}
            for e in target.get("lifecycleEvents") or []
        ],
    }
