"""What SageMaker is to do with the traffic, and a verdict that begins at good."""

from typing import Any

from functions.release import verdict
from functions.release.context import State
from functions.release.endpoint import live
from functions.release.endpoint.context import EndpointRelease
from functions.release.start import rounds
from penstock import shift

_STARTING_SECONDS = 3600  # for the new instances to come up, beside the time that they are watched


def start(state: State, release: EndpointRelease) -> dict[str, Any]:
    """UpdateEndpoint's request and the judge's rounds. AlarmStillOn as for a function."""
    verdict.begin(release)
    keep = live.before_update(release)
    return rounds(release) | {
        "endpoint": release.settings.endpoint_name,
        "config": state["publish"]["version"],
        "retain": keep["RetainAllVariantProperties"],
        "deployment": deployment(release),
    }


def deployment(release: EndpointRelease) -> dict[str, Any]:
    """Blue/green: the new instances stand before a request comes to them, and only the verdict's
    alarm takes the traffic back. A health alarm may be the very reason for a release."""
    limits = release.usecase["serving"]["canary"]
    size = {"Type": "CAPACITY_PERCENT", "Value": limits["percent"]}
    linear = release.strategy == "linear"
    bake = shift.bake_minutes(release.strategy, limits["percent"], limits["minutes"]) * 60
    return {
        "BlueGreenUpdatePolicy": {
            "TrafficRoutingConfiguration": {
                "Type": "LINEAR" if linear else "CANARY",
                "LinearStepSize" if linear else "CanarySize": size,
                "WaitIntervalInSeconds": limits["minutes"] * 60,
            },
            "MaximumExecutionTimeoutInSeconds": bake + _STARTING_SECONDS,
        },
        "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": release.settings.verdict_alarm}]},
    }
