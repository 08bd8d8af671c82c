"""One deployment as GetDeployment and its target tell of it; state changes are events."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime

from localcloud import events
from localcloud.codedeploy import names
from localcloud.codedeploy.appspec import HOOKS, Shift
from localcloud.config import REGION
from localcloud.json_service import Document

TERMINAL = ("Succeeded", "Failed", "Stopped")
_EVENTS = {"InProgress": "START", "Succeeded": "SUCCESS", "Failed": "FAILURE", "Stopped": "STOP"}
_LIFECYCLE = (HOOKS[0], "AllowTraffic", HOOKS[1])


@dataclass
class Deployment:
    application: str
    group: str
    config: str
    role: str
    shift: Shift
    revision: Document
    description: str = ""
    creator: str = "user"
    alarms: Document = field(default_factory=dict)
    rollback: Document = field(default_factory=dict)
    id: str = field(default_factory=names.deployment_id)
    status: str = "Created"
    error: Document | None = None
    rollback_info: Document | None = None
    weight: float = 0.0
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    started: datetime | None = None
    completed: datetime | None = None
    hooks: dict[str, str] = field(default_factory=dict)
    lifecycle: dict[str, str] = field(default_factory=lambda: dict.fromkeys(_LIFECYCLE, "Pending"))
    stop_requested: threading.Event = field(default_factory=threading.Event)
    stop_rolls_back: bool = False

    def enter(self, status: str, error: tuple[str, str] | None = None) -> None:
        now = datetime.now(UTC)
        if status == "InProgress":
            self.started = now
        if status in TERMINAL:
            self.completed = now
        if error:
            self.error = {"code": error[0], "message": error[1]}
        self.status = status
        if state := _EVENTS.get(status):
            detail = {
                "region": REGION,
                "deploymentId": self.id,
                "instanceGroupId": self.group,
                "deploymentGroup": self.group,
                "application": self.application,
                "state": state,
            }
            resources = [
                names.application(self.application),
                names.group(self.application, self.group),
            ]
            kind = "CodeDeploy Deployment State-change Notification"
            events.put("aws.codedeploy", kind, detail, resources)

    def info(self) -> Document:
        counts = dict.fromkeys(
            ("Pending", "InProgress", "Succeeded", "Failed", "Skipped", "Ready"), 0
        )
        names_of = {"Created": "Pending", "Queued": "Pending", "Stopped": "Failed"}
        counts[names_of.get(self.status, self.status)] += 1
        facts = {
            "applicationName": self.application,
            "deploymentGroupName": self.group,
            "deploymentConfigName": self.config,
            "deploymentId": self.id,
            "revision": self.revision,
            "status": self.status,
            "errorInformation": self.error,
            "createTime": self.created,
            "startTime": self.started,
            "completeTime": self.completed,
            "deploymentOverview": counts,
            "description": self.description or None,
            "creator": self.creator,
            "autoRollbackConfiguration": self.rollback or None,
            "rollbackInfo": self.rollback_info,
            "deploymentStyle": {
                "deploymentType": "BLUE_GREEN",
                "deploymentOption": "WITH_TRAFFIC_CONTROL",
            },
            "ignoreApplicationStopFailures": False,
            "updateOutdatedInstancesOnly": False,
            "computePlatform": "Lambda",
        }
        return {key: value for key, value in facts.items() if value is not None}

    @property
    def target_id(self) -> str:
        return f"{self.shift.function}:{self.shift.alias}"

    def target(self) -> Document:
        names_of = {"Created": "Pending", "Stopped": "Failed"}
        return {
            "deploymentTargetType": "LambdaFunction",
            "lambdaTarget": {
                "deploymentId": self.id,
                "targetId": self.target_id,
                "targetArn": names.group(self.application, self.group),
                "status": names_of.get(self.status, self.status),
                "lastUpdatedAt": self.completed or self.started or self.created,
                "lifecycleEvents": [
                    {"lifecycleEventName": name, "status": status}
                    for name, status in self.lifecycle.items()
                ],
                "lambdaFunctionInfo": {
                    "functionName": self.shift.function,
                    "functionAlias": self.shift.alias,
                    "currentVersion": self.shift.current,
                    "targetVersion": self.shift.target,
                    "targetVersionWeight": self.weight,
                },
            },
        }
