"""What moto has not: SageMaker endpoints that take their time, shift traffic and are taken back."""

import io
import json
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError
from release_fakes import _exceptions


class FakeSageMaker:
    """Models, configurations, endpoints. What is asked for is done a look (DescribeEndpoint) later;
    an update with a DeploymentConfig waits for `finish`. Model packages are `packages`'s."""

    def __init__(self, packages: Any) -> None:
        self._packages = packages
        self.models: dict[str, dict[str, Any]] = {}
        self.configs: dict[str, dict[str, Any]] = {}
        self.endpoints: dict[str, dict[str, Any]] = {}
        self.broken: set[str] = set()  # models that do not come up
        self.answer: Callable[[str, dict[str, Any]], Any] = lambda model, request: {}

    def create_model(self, ModelName: str, **rest: Any) -> None:
        self.models[ModelName] = rest

    def describe_model(self, ModelName: str) -> dict[str, Any]:
        return self._find("model", self.models, ModelName)

    def delete_model(self, ModelName: str) -> None:
        del self.models[ModelName]

    def create_endpoint_config(self, EndpointConfigName: str, **rest: Any) -> None:
        assert EndpointConfigName not in self.configs
        self.configs[EndpointConfigName] = rest

    def describe_endpoint_config(self, EndpointConfigName: str) -> dict[str, Any]:
        return self._find("endpoint configuration", self.configs, EndpointConfigName)

    def delete_endpoint_config(self, EndpointConfigName: str) -> None:
        used = {one["EndpointConfigName"] for one in self.endpoints.values()}
        assert EndpointConfigName not in used, "a configuration in use is to stay"
        del self.configs[EndpointConfigName]

    def create_endpoint(self, EndpointName: str, EndpointConfigName: str, Tags: Any) -> None:
        assert EndpointName not in self.endpoints
        self.describe_endpoint_config(EndpointConfigName)
        self.endpoints[EndpointName] = {
            "EndpointConfigName": EndpointConfigName, "EndpointStatus": "Creating",
        }  # fmt: skip

    def update_endpoint(self, EndpointName: str, EndpointConfigName: str, **rest: Any) -> None:
        found = self._find("endpoint", self.endpoints, EndpointName)
        if found["EndpointStatus"] != "InService":
            raise self._refusal(f"Cannot update in-progress endpoint {EndpointName}")
        self.describe_endpoint_config(EndpointConfigName)
        found["EndpointStatus"] = "Updating"
        found["wanted"], found["rest"] = EndpointConfigName, rest

    def describe_endpoint(self, EndpointName: str) -> dict[str, Any]:
        """As it is now; a look later it has moved on."""
        found = self._find("endpoint", self.endpoints, EndpointName)
        seen = dict(found)
        if "stage" in found:
            status = [{"Status": found["stage"]}]
            seen["PendingDeploymentSummary"] = {"ProductionVariants": [{"VariantStatus": status}]}
        if found["EndpointStatus"] == "Deleting":
            del self.endpoints[EndpointName]
        elif found["EndpointStatus"] == "Creating":
            failed = self._model(found["EndpointConfigName"]) in self.broken
            found["EndpointStatus"] = "Failed" if failed else "InService"
            found |= {"FailureReason": "no ping"} if failed else {}
        elif found["EndpointStatus"] == "Updating" and "DeploymentConfig" not in found["rest"]:
            self.finish(EndpointName)
        return seen

    def bake(self, EndpointName: str) -> None:
        """The new instances of an update take traffic."""
        self.endpoints[EndpointName]["stage"] = "Baking"

    def finish(self, EndpointName: str, failure: str = "") -> None:
        """The update is over: done, or taken back."""
        found = self.endpoints[EndpointName]
        wanted = found.pop("wanted")
        if not failure and self._model(wanted) not in self.broken:
            found["EndpointConfigName"] = wanted
        found |= {"EndpointStatus": "InService", "FailureReason": failure}
        found.pop("stage", None)

    def delete_endpoint(self, EndpointName: str) -> None:
        found = self._find("endpoint", self.endpoints, EndpointName)
        if found["EndpointStatus"] not in ("InService", "Failed"):
            raise self._refusal(f"Cannot update in-progress endpoint {EndpointName}")
        found["EndpointStatus"] = "Deleting"

    def invoke_endpoint(self, EndpointName: str, ContentType: str, Body: bytes) -> dict[str, Any]:
        found = self._find("endpoint", self.endpoints, EndpointName)
        assert found["EndpointStatus"] == "InService"
        said = self.answer(self._model(found["EndpointConfigName"]), json.loads(Body))
        if isinstance(said, Exception):
            raise ClientError({"Error": {"Code": "ModelError", "Message": str(said)}}, "Invoke")
        return {"Body": io.BytesIO(json.dumps(said).encode())}

    def get_paginator(self, operation: str) -> Any:
        names: dict[str, tuple[str, str, list[str]]] = {
            "list_models": ("Models", "ModelName", list(self.models)),
            "list_endpoint_configs": (
                "EndpointConfigs", "EndpointConfigName", list(self.configs),
            ),
        }  # fmt: skip
        member, word, found = names[operation]

        def paginate(self: Any, NameContains: str) -> list[dict[str, Any]]:
            return [{member: [{word: name}]} for name in found if NameContains in name]

        return type("Paginator", (), {"paginate": paginate})()

    def __getattr__(self, operation: str) -> Any:
        assert "model_package" in operation, operation
        return getattr(self._packages, operation)

    def _model(self, config: str) -> str:
        return str(self.configs[config]["ProductionVariants"][0]["ModelName"])

    def _find(self, kind: str, kept: dict[str, dict[str, Any]], name: str) -> dict[str, Any]:
        if name not in kept:
            raise self._refusal(f'Could not find {kind} "{name}".')
        return kept[name]

    @staticmethod
    def _refusal(message: str) -> ClientError:
        error = {"Error": {"Code": "ValidationException", "Message": message}}
        return ClientError(error, "SageMaker")


class FakeScaling:
    """One variant's scalable target."""

    def __init__(self) -> None:
        self.exceptions = _exceptions("ObjectNotFoundException")
        self.target: dict[str, Any] | None = None

    def register_scalable_target(self, **target: Any) -> None:
        self.target = target

    def put_scaling_policy(self, **policy: Any) -> None:
        assert self.target is not None

    def deregister_scalable_target(self, **target: Any) -> None:
        if self.target is None:
            raise self.exceptions.ObjectNotFoundException("none")
        self.target = None
