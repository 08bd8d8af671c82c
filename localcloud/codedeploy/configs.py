"""How a deployment shifts traffic: AWS's own configurations for Lambda, and custom ones."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from localcloud.codedeploy import groups
from localcloud.json_service import Document, ServiceError
from localcloud.tables import table

Steps = Sequence[tuple[float, float]]

_KINDS = {"TimeBasedCanary": "timeBasedCanary", "TimeBasedLinear": "timeBasedLinear"}
_custom: dict[str, Document] = table("codedeploy.configs")


def _record(name: str, routing: Document) -> Document:
    return {
        "deploymentConfigId": str(uuid.uuid4()),
        "deploymentConfigName": name,
        "computePlatform": "Lambda",
        "createTime": datetime.now(UTC),
        "trafficRoutingConfig": routing,
    }


def _routing(kind: str, percent: int, minutes: int) -> Document:
    member = {f"{_KINDS[kind][9:].lower()}Percentage": percent}
    return {"type": kind, _KINDS[kind]: {**member, f"{_KINDS[kind][9:].lower()}Interval": minutes}}


_PREDEFINED = {
    "CodeDeployDefault.LambdaAllAtOnce": _record(
        "CodeDeployDefault.LambdaAllAtOnce", {"type": "AllAtOnce"}
    ),
    **{
        name: _record(name, _routing("TimeBasedCanary", 10, minutes))
        for minutes in (5, 10, 15, 30)
        for name in [f"CodeDeployDefault.LambdaCanary10Percent{minutes}Minutes"]
    },
    **{
        name: _record(name, _routing("TimeBasedLinear", 10, minutes))
        for minutes in (1, 2, 3, 10)
        for name in [
            f"CodeDeployDefault.LambdaLinear10PercentEvery{minutes}Minute{'s' * (minutes > 1)}"
        ]
    },
}


def steps(name: str) -> Steps:
    """(percent to the new version, minutes to wait after it), the last one 100 %."""
    routing = find(name)["trafficRoutingConfig"]
    if routing["type"] == "TimeBasedCanary":
        canary = routing["timeBasedCanary"]
        return [(canary["canaryPercentage"], canary["canaryInterval"]), (100, 0)]
    if routing["type"] == "TimeBasedLinear":
        linear = routing["timeBasedLinear"]
        size, minutes = linear["linearPercentage"], linear["linearInterval"]
        return [(percent, minutes) for percent in range(size, 100, size)] + [(100, 0)]
    return [(100, 0)]


def find(name: str) -> Document:
    found = _PREDEFINED.get(name) or _custom.get(name)
    if found is None:
        raise ServiceError(
            "DeploymentConfigDoesNotExistException",
            f"No Deployment Configuration found for name: {name}",
        )
    return found


def create(request: Document) -> Document:
    name = request["deploymentConfigName"]
    if name in _custom:
        raise ServiceError(
            "DeploymentConfigAlreadyExistsException", f"{name} exists already", status=400
        )
    if name.startswith("CodeDeployDefault."):
        raise ServiceError("InvalidDeploymentConfigNameException", f"{name} is a reserved name")
    if request.get("computePlatform") != "Lambda":
        raise ServiceError(
            "InvalidComputePlatformException", "the local cloud deploys computePlatform Lambda only"
        )
    routing = request.get("trafficRoutingConfig", {"type": "AllAtOnce"})
    _check(routing)
    made = _custom[name] = _record(name, routing)
    return {"deploymentConfigId": made["deploymentConfigId"]}


def _check(routing: dict[str, Any]) -> None:
    kind = routing.get("type")
    if kind == "AllAtOnce":
        return
    member = _KINDS.get(str(kind))
    values = routing.get(member, {}) if member else {}
    percent = next((v for k, v in values.items() if k.endswith("Percentage")), 0)
    minutes = next((v for k, v in values.items() if k.endswith("Interval")), 0)
    if not (0 < percent < 100 and 0 < minutes <= 2880):
        raise ServiceError(
            "InvalidTrafficRoutingConfigurationException",
            f"expected type AllAtOnce, TimeBasedCanary or TimeBasedLinear with a percentage of 1 "
            f"to 99 and an interval of 1 to 2880 minutes; got {routing}",
        )


def delete(request: Document) -> Document:
    name = request["deploymentConfigName"]
    if name in _PREDEFINED:
        raise ServiceError("InvalidOperationException", f"{name} is predefined")
    if groups.uses_config(name):
        raise ServiceError("DeploymentConfigInUseException", f"{name} is used by a group")
    _custom.pop(name, None)
    return {}


def get(request: Document) -> Document:
    return {"deploymentConfigInfo": find(request["deploymentConfigName"])}


def list_(request: Document) -> Document:
    return {"deploymentConfigsList": [*_PREDEFINED, *_custom]}
