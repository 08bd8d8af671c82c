"""AWS::SageMaker::FeatureGroup: made and waited for; features are added in place."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from localcloud.cloudformation.handlers import Made, Properties, ResourceType
from localcloud.json_service import Document
from localcloud.sagemaker.features import groups

_SECONDS = 60.0


@dataclass(frozen=True)
class FeatureGroup(ResourceType):
    def on_update(
        self, physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str
    ) -> Made:
        """UpdateFeatureGroup takes what is added, not the whole."""
        changes: dict[str, Any] = {"FeatureGroupName": physical_id}
        before, after = old["FeatureDefinitions"], new["FeatureDefinitions"]
        if missing := [one["FeatureName"] for one in before if one not in after]:
            raise ValueError(f"{self.type_name}: features {missing} cannot be removed or changed")
        if added := [one for one in after if one not in before]:
            changes["FeatureAdditions"] = added
        if new.get("ThroughputConfig") != old.get("ThroughputConfig"):
            changes["ThroughputConfig"] = new.get(
                "ThroughputConfig", {"ThroughputMode": "OnDemand"}
            )
        life = new.get("OnlineStoreConfig", {}).get("TtlDuration")
        if life != old.get("OnlineStoreConfig", {}).get("TtlDuration"):
            changes["OnlineStoreConfig"] = {"TtlDuration": life} if life else {}
        if len(changes) > 1:
            self._call("UpdateFeatureGroup", changes)
        return self.described(physical_id)


def resource_type() -> FeatureGroup:
    return FeatureGroup(
        "AWS::SageMaker::FeatureGroup",
        "sagemaker",
        groups.operations(),
        name="FeatureGroupName",
        create="CreateFeatureGroup",
        delete="DeleteFeatureGroup",
        described=_made,
        max_length=64,
    )


def _made(name: str) -> Made:
    """Ref is the name. A stack goes on when the group can be used."""
    deadline = time.monotonic() + _SECONDS
    while (facts := groups.find(name).describe())["FeatureGroupStatus"] == "Creating":
        if time.monotonic() > deadline:
            raise ValueError(f"the feature group {name} is still being created")
        time.sleep(0.05)
    if facts["FeatureGroupStatus"] != "Created":
        raise ValueError(f"the feature group {name} failed: {facts['FailureReason']}")
    attributes: Document = {
        "CreationTime": facts["CreationTime"].isoformat(),
        "FeatureGroupStatus": facts["FeatureGroupStatus"],
    }
    return name, attributes
