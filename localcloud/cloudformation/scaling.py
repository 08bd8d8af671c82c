"""AWS::ApplicationAutoScaling::ScalableTarget and ScalingPolicy, which are recorded."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

from localcloud.cloudformation.handlers import Made, Properties, ResourceType
from localcloud.json_service import SERVED

SERVICE = "application-autoscaling"
_TARGET = ("ResourceId", "ScalableDimension", "ServiceNamespace")


@dataclass(frozen=True)
class Target(ResourceType):
    def on_create(self, logical_id: str, properties: Properties, stack: str) -> Made:
        super().on_create(logical_id, properties, stack)
        return self._made(properties)

    def on_update(
        self, physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str
    ) -> Made:
        super().on_update(physical_id, old, new, stack, logical_id)
        return self._made(new)

    def _made(self, properties: Properties) -> Made:
        """Ref is the three that say which target it is."""
        found = "|".join(properties[key] for key in _TARGET)
        return found, {"Id": found}


@dataclass(frozen=True)
class Policy(ResourceType):
    """Its target may be named by the Ref of a ScalableTarget."""

    def on_create(self, logical_id: str, properties: Properties, stack: str) -> Made:
        given = self._named(properties, stack, logical_id)
        return self._made(self._call(self.create, given)["PolicyARN"])

    def on_update(
        self, physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str
    ) -> Made:
        name = physical_id.rpartition("policyName/")[2]
        given = self._named({**new, "PolicyName": name}, stack, logical_id)
        return self._made(self._call(self.create, given)["PolicyARN"])

    def on_delete(self, physical_id: str, properties: Properties) -> None:
        name = physical_id.rpartition("policyName/")[2]
        given = _with_target({**properties, "PolicyName": name})
        words = {key: given[key] for key in ("PolicyName", *_TARGET) if key in given}
        with contextlib.suppress(ValueError):  # its target is gone, and the policy with it
            self._call(self.delete, words)

    def _named(self, properties: Properties, stack: str, logical_id: str) -> Properties:
        return super()._named(_with_target(properties), stack, logical_id)

    def _made(self, policy_arn: str) -> Made:
        return policy_arn, {"Arn": policy_arn}


def _with_target(properties: Properties) -> Properties:
    found = {key: value for key, value in properties.items() if key != "ScalingTargetId"}
    if "ScalingTargetId" in properties:
        found |= dict(zip(_TARGET, properties["ScalingTargetId"].split("|"), strict=True))
    return found


def types() -> list[ResourceType]:
    return [
        Target(
            "AWS::ApplicationAutoScaling::ScalableTarget",
            SERVICE,
            SERVED[SERVICE],
            name="ResourceId",
            create="RegisterScalableTarget",
            delete="DeregisterScalableTarget",
            described=_by_name,
            identity=("ScalableDimension", "ServiceNamespace"),
            update="RegisterScalableTarget",
            update_name="ResourceId",
        ),
        Policy(
            "AWS::ApplicationAutoScaling::ScalingPolicy",
            SERVICE,
            SERVED[SERVICE],
            name="PolicyName",
            create="PutScalingPolicy",
            delete="DeleteScalingPolicy",
            described=_by_name,
        ),
    ]


def _by_name(name: str) -> Made:
    return name, {}
