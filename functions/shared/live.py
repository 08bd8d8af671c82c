"""Is what answers what the release left? Only a release may move it, and people have hands."""

from collections.abc import Mapping
from typing import Any

from functions.shared import endpoints


def astray(
    client: Any,
    function: str,
    alias: str,
    champion: Mapping[str, Any],
    lock: Mapping[str, Any] | None,
) -> str | None:
    """In a line what `live` is instead of the champion's version; None where all is well.

    While a release holds the `lock` (its row) the alias moves by right, and nothing can be said.
    """
    if lock is not None:
        return None
    found = client.get_alias(FunctionName=function, Name=alias)
    weights = (found.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
    if found["FunctionVersion"] == champion["version"] and not weights:
        return None
    beside = "".join(f" with {weight:.0%} to version {v}" for v, weight in weights.items())
    return (
        f"{alias} points at version {found['FunctionVersion']}{beside}; "
        f"the release left it at {champion['version']}"
    )


def endpoint_astray(
    client: Any, endpoint: str, champion: Mapping[str, Any], lock: Mapping[str, Any] | None
) -> str | None:
    """The same of an endpoint, whose configuration bears the name of the champion's model."""
    if lock is not None:
        return None
    found = endpoints.describe(client.describe_endpoint, EndpointName=endpoint)
    if found is None:
        return f"there is no endpoint {endpoint}; the release left it with {champion['version']}"
    config, status = found["EndpointConfigName"], found["EndpointStatus"]
    if config == champion["version"] and status == "InService":
        return None
    return f"{endpoint} is {status} with {config}; the release left it with {champion['version']}"
