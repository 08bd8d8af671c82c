"""AWS::SageMaker::Model, EndpointConfig and Endpoint: a stack goes on when the endpoint answers."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from localcloud.cloudformation import threads
from localcloud.cloudformation.handlers import Made, Properties, ResourceType
from localcloud.iam import arn
from localcloud.json_service import SERVED, Document
from localcloud.sagemaker.hosting.state import BUSY

_POLL_SECONDS = 0.1
_TO_CREATE = ("EndpointName", "EndpointConfigName", "Tags")


@dataclass(frozen=True)
class Endpoint(ResourceType):
    def on_create(self, logical_id: str, properties: Properties, stack: str) -> Made:
        given = self._named(properties, stack, logical_id)
        self._call(self.create, {key: given[key] for key in _TO_CREATE if key in given})
        name = given[self.name]
        facts = self._settled(name)
        if facts["EndpointStatus"] != "InService":
            self._call(self.delete, {"EndpointName": name})
            raise ValueError(f"Endpoint {name} failed: {facts.get('FailureReason')}")
        return self.described(name)

    def on_update(
        self, physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str
    ) -> Made:
        name = physical_id.rpartition("/")[2]
        changed = {key for key in old | new if old.get(key) != new.get(key)} - {"Tags"}
        if changed:
            words = {key: value for key, value in new.items() if key != "Tags"}
            self._call("UpdateEndpoint", {**words, "EndpointName": name})
            facts = self._settled(name)
            if facts["EndpointConfigName"] != new["EndpointConfigName"]:
                reason = facts.get("FailureReason")
                raise ValueError(f"Endpoint {name} was not updated: {reason}")
        return self.described(name)

    def _settled(self, name: str) -> Document:
        while True:
            facts = self._call("DescribeEndpoint", {"EndpointName": name})
            if facts["EndpointStatus"] not in BUSY:
                return facts
            time.sleep(_POLL_SECONDS)


def types() -> list[ResourceType]:
    found = [
        _type(ResourceType, "Model", "model"),
        _type(ResourceType, "EndpointConfig", "endpoint-config"),
        _type(Endpoint, "Endpoint", "endpoint"),
    ]
    for kind in found:
        threads.add(kind.type_name)
    return found


def _type(make: Callable[..., ResourceType], word: str, kind: str) -> ResourceType:
    def described(name: str) -> Made:
        """Ref is the ARN, as AWS documents."""
        found = arn("sagemaker", f"{kind}/{name}")
        return found, {f"{word}Name": name, f"{word}Arn": found, "Id": found}

    return make(
        f"AWS::SageMaker::{word}",
        "sagemaker",
        SERVED["sagemaker"],
        name=f"{word}Name",
        create=f"Create{word}",
        delete=f"Delete{word}",
        described=described,
        max_length=63,
    )
