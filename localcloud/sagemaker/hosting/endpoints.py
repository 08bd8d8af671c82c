"""The operations of endpoints: records that are kept, and processes beside them."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Mapping
from contextvars import copy_context
from pathlib import Path
from typing import Any

from localcloud.iam import arn
from localcloud.json_service import Document, Operation
from localcloud.sagemaker import tags
from localcloud.sagemaker.hosting import configs, deploy, listing, names
from localcloud.sagemaker.hosting.fleet import Place
from localcloud.sagemaker.hosting.fleets import Fleets
from localcloud.sagemaker.hosting.live import Live
from localcloud.sagemaker.hosting.policy import policy
from localcloud.sagemaker.hosting.runtime import not_found
from localcloud.sagemaker.hosting.state import BUSY, Endpoint, Plan, kept, plan


class Endpoints:
    def __init__(self, directory: Path, images: Mapping[str, Path]) -> None:
        self._directory, self._images = directory, images
        self._live: dict[str, Live] = {}
        self._lock = threading.Lock()

    def operations(self) -> dict[str, Operation]:
        return {
            "CreateEndpoint": self.create,
            "DeleteEndpoint": self.delete,
            "DescribeEndpoint": self.describe,
            "ListEndpoints": self.list_,
            "UpdateEndpoint": self.update,
            "UpdateEndpointWeightsAndCapacities": self.resize,
        }

    def create(self, request: Document) -> Document:
        name = request["EndpointName"]
        names.check("EndpointName", name)
        names.lacks("CreateEndpoint", request, ("EndpointName", "EndpointConfigName", "Tags"))
        wanted = plan(configs.find(request["EndpointConfigName"]))
        found = arn("sagemaker", f"endpoint/{name}")
        with self._lock:
            if name in kept():
                raise names.taken("endpoint", name)
            endpoint = kept()[name] = Endpoint(name, found, wanted)
            live = self._live[name] = Live(name)
        tags.keep(found, request.get("Tags", []))
        endpoint.enter("Creating")
        self._run(deploy.create, endpoint, live, self._make(name))
        return {"EndpointArn": found}

    def describe(self, request: Document) -> Document:
        return self._find(request["EndpointName"]).describe()

    def list_(self, request: Document) -> Document:
        items = [endpoint.summary() for endpoint in list(kept().values())]
        return listing.page("Endpoints", "Endpoint", request, items)

    def update(self, request: Document) -> Document:
        endpoint = self._find(request["EndpointName"])
        wanted = plan(configs.find(request["EndpointConfigName"]))
        config = request.get("DeploymentConfig")
        if config is None and request.get("RetainDeploymentConfig"):
            config = endpoint.deployment
        if wanted.serverless != endpoint.live.serverless:
            raise names.refusal(
                "An endpoint cannot be changed between instances and serverless inference"
            )
        steps = policy(config, wanted, endpoint.live)
        with self._lock:
            self._check_idle(endpoint)
            if request.get("RetainAllVariantProperties"):
                excluded = request.get("ExcludeRetainedVariantProperties", [])
                _retain(endpoint.live, wanted, [one["VariantPropertyType"] for one in excluded])
            endpoint.pending, endpoint.pending_since = wanted, names.now()
            endpoint.deployment = config or endpoint.deployment
            live = self._live[endpoint.name]
            endpoint.enter("Updating")
        self._run(deploy.update, endpoint, live, self._make(endpoint.name), steps)
        return {"EndpointArn": endpoint.arn}

    def resize(self, request: Document) -> Document:
        endpoint = self._find(request["EndpointName"])
        wanted = copy.deepcopy(endpoint.live)
        for change in request["DesiredWeightsAndCapacities"]:
            _change(wanted, change)
        if sum(one.weight for one in wanted.production()) <= 0:
            raise names.refusal("At least one production variant must have a weight above 0")
        with self._lock:
            self._check_idle(endpoint)
            live = self._live[endpoint.name]
            endpoint.enter("Updating")
        self._run(deploy.resize, endpoint, live, wanted)
        return {"EndpointArn": endpoint.arn}

    def delete(self, request: Document) -> Document:
        with self._lock:
            endpoint = self._find(request["EndpointName"])
            if endpoint.status in BUSY:
                raise names.refusal(f'Cannot update in-progress endpoint "{endpoint.arn}".')
            endpoint.enter("Deleting")
            live = self._live.pop(endpoint.name, None)
            del kept()[endpoint.name]
        if live is not None:
            self._run(live.close)
        return {}

    def live(self, name: str) -> Live:
        """The running endpoint that requests of that name go to."""
        if name not in kept() or kept()[name].status in ("Creating", "Failed"):
            raise not_found(name)
        return self._live[name]

    def resume(self) -> None:
        """Start again what ran when the server ended; call once, when the tables are back."""
        for endpoint in list(kept().values()):
            if endpoint.name in self._live or endpoint.status == "Failed":
                continue
            endpoint.pending = endpoint.pending_since = None  # a deployment does not outlive it
            live = self._live[endpoint.name] = Live(endpoint.name)
            endpoint.status = "Creating"
            self._run(deploy.create, endpoint, live, self._make(endpoint.name))

    def _make(self, name: str) -> Callable[[Plan], Fleets]:
        place = Place(name, self._directory, self._images)
        return lambda wanted: Fleets(place, wanted)

    def _find(self, name: str) -> Endpoint:
        found: Endpoint = names.find("endpoint", kept(), name)
        return found

    def _check_idle(self, endpoint: Endpoint) -> None:
        if endpoint.status in BUSY:
            raise names.refusal(f'Cannot update in-progress endpoint "{endpoint.arn}".')
        if endpoint.status != "InService":
            raise names.refusal(f'Cannot update endpoint "{endpoint.arn}": it is {endpoint.status}')

    def _run(self, work: Callable[..., None], *words: Any) -> None:
        """In a thread of its own, under the account and region of this request."""
        run = copy_context().run
        threading.Thread(target=run, args=(work, *words), daemon=True).start()


def _retain(now: Plan, wanted: Plan, excluded: list[str]) -> None:
    """What UpdateEndpointWeightsAndCapacities has changed stays, unless it is excluded."""
    before = {one.name: one for one in now.variants}
    for variant in wanted.variants:
        if old := before.get(variant.name):
            if "DesiredInstanceCount" not in excluded:
                variant.count, variant.serverless = old.count, old.serverless or variant.serverless
            if "DesiredWeight" not in excluded:
                variant.weight = old.weight
    if "DataCaptureConfig" not in excluded:
        wanted.capture = now.capture


def _change(wanted: Plan, change: Document) -> None:
    variant = next((one for one in wanted.variants if one.name == change["VariantName"]), None)
    if variant is None:
        raise names.refusal(f"Could not find variant {change['VariantName']}")
    if variant.serverless and "DesiredInstanceCount" in change:
        raise names.refusal("DesiredInstanceCount is not supported for a serverless variant")
    if not variant.serverless and "ServerlessUpdateConfig" in change:
        raise names.refusal("ServerlessUpdateConfig is for a serverless variant")
    variant.weight = float(change.get("DesiredWeight", variant.weight))
    variant.count = int(change.get("DesiredInstanceCount", variant.count))
    if update := change.get("ServerlessUpdateConfig"):
        variant.serverless = {**(variant.serverless or {}), **update}
