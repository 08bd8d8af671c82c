"""What the endpoint serves: reading it, changing it at once, and waiting for whoever changes it.

SageMaker takes minutes for each, so a step asks, raises StillMoving, and is called again.
"""

from dataclasses import dataclass
from typing import Any

from functions.release import verdict
from functions.release.endpoint.context import EndpointRelease
from functions.release.endpoint.errors import EndpointFailed
from functions.release.errors import StillMoving
from functions.shared import endpoint_scaling, endpoints
from penstock.events import VARIANT

_SHIFTING = ("ActivatingTraffic", "Baking")


@dataclass(frozen=True)
class Live:
    """An endpoint as read. `config` is the one in force, also while another is on its way."""

    name: str
    config: str
    status: str
    failure: str
    is_shifting: bool

    @property
    def is_busy(self) -> bool:
        return self.status in endpoints.BUSY


def read(release: EndpointRelease, name: str | None = None) -> Live | None:
    """The endpoint, or another by its name; None where there is none."""
    name = name or release.settings.endpoint_name
    found = endpoints.describe(release.aws.sagemaker.describe_endpoint, EndpointName=name)
    if found is None:
        return None
    return Live(
        name,
        found["EndpointConfigName"],
        found["EndpointStatus"],
        found.get("FailureReason", ""),
        _stage(found) in _SHIFTING,
    )


def settle(release: EndpointRelease, *, forsaken: bool) -> Live | None:
    """The endpoint at rest, else StillMoving. An update that nobody judges any more (`forsaken`)
    cannot be stopped; but the alarm that it listens to can be made to roll it back."""
    found = read(release)
    if found and found.is_busy:
        if forsaken and found.status == "Updating":
            verdict.put(release, bad=True)
        raise _moving(found)
    return found


def point(release: EndpointRelease, config: str) -> Live:
    """All requests to `config`, at once, on an endpoint that is made if there is none.

    StillMoving until it is so. EndpointFailed if a new endpoint did not come up; an update that
    SageMaker took back is asked for again, as often as the caller's retries allow.
    """
    found, client = read(release), release.aws.sagemaker
    if found is None:
        create(release, release.settings.endpoint_name, config)
        raise StillMoving("it is being created", where=config, expected="InService")
    if found.is_busy:
        raise _moving(found)
    if found.config != config and found.status != "Failed":
        update = before_update(release)
        client.update_endpoint(EndpointName=found.name, EndpointConfigName=config, **update)
        raise StillMoving("it was updated", where=found.name, expected=f"InService as {config}")
    if found.status == "Failed":
        if found.config == config:
            raise EndpointFailed(found.failure, where=found.name, expected="InService")
        remove(release, found.name)
    return found


def before_update(release: EndpointRelease) -> dict[str, Any]:
    """Ends automatic scaling, which may forbid an update; what UpdateEndpoint is to keep of it."""
    if release.serverless:
        return {}
    name = release.settings.endpoint_name
    endpoint_scaling.withdraw(release.aws.scaling, name, VARIANT)
    scales = (release.serving["max_instances"] or 0) > release.serving["instances"]
    return {"RetainAllVariantProperties": scales}


def create(release: EndpointRelease, name: str, config: str) -> None:
    release.aws.sagemaker.create_endpoint(
        EndpointName=name, EndpointConfigName=config, Tags=tags(release)
    )


def remove(release: EndpointRelease, name: str) -> None:
    """StillMoving until there is no such endpoint."""
    if found := read(release, name):
        if not found.is_busy:
            release.aws.sagemaker.delete_endpoint(EndpointName=name)
        raise StillMoving(f"{name} is {found.status}", where=name, expected="no such endpoint")


def tags(release: EndpointRelease) -> list[dict[str, str]]:
    """As the stack's own resources have them: by these the bill is read."""
    return [
        {"Key": "environment", "Value": release.settings.environment},
        {"Key": "usecase", "Value": release.name},
    ]


def _moving(found: Live) -> StillMoving:
    return StillMoving(f"the endpoint is {found.status}", where=found.name, expected="InService")


def _stage(found: dict[str, Any]) -> str | None:
    """How far the new instances of an update are."""
    pending = found.get("PendingDeploymentSummary", {}).get("ProductionVariants", [])
    stages = [status["Status"] for one in pending[:1] for status in one.get("VariantStatus", [])]
    return stages[0] if stages else None
