"""Makes the alias once, on a version without a model; from then on only a release moves it.

Resource properties: FunctionName, AliasName. Attributes: AliasArn, FunctionVersion.
"""

import time
from collections.abc import Callable
from typing import Any

from functions.lifecycle import cfn_response
from functions.lifecycle.cfn_response import Event, Handled

TIMEOUT_SECONDS = 120.0


def apply(
    event: Event,
    client: Any,
    sleep: Callable[[float], None] = time.sleep,
    now: Callable[[], float] = time.monotonic,
) -> Handled:
    """Create: publish and point. Update: nothing. Delete: the alias, if it is still there."""
    properties = event["ResourceProperties"]
    function, alias = properties["FunctionName"], properties["AliasName"]
    physical_id = f"{function}:{alias}"
    if event["RequestType"] == "Delete":
        # by the id: the properties may already be another alias's. A create that failed has none
        known = event["PhysicalResourceId"]
        if ":" in known:
            _delete(client, *known.rsplit(":", 1))
        return known, {}
    try:
        found = client.get_alias(FunctionName=function, Name=alias)
    except client.exceptions.ResourceNotFoundException:
        _until_active(client, function, sleep, now)
        version = client.publish_version(
            FunctionName=function, Description="no model: the stack's initial version"
        )["Version"]
        found = client.create_alias(FunctionName=function, Name=alias, FunctionVersion=version)
    return physical_id, {
        "AliasArn": found["AliasArn"],
        "FunctionVersion": found["FunctionVersion"],
    }


def _delete(client: Any, function: str, alias: str) -> None:
    try:
        client.delete_alias(FunctionName=function, Name=alias)
    except client.exceptions.ResourceNotFoundException:
        return  # a create that failed, or a delete that is repeated


def _until_active(
    client: Any, function: str, sleep: Callable[[float], None], now: Callable[[], float]
) -> None:
    """A version can be published only of a function that is at rest."""
    deadline = now() + TIMEOUT_SECONDS
    while True:
        found = client.get_function_configuration(FunctionName=function)
        state, update = found.get("State"), found.get("LastUpdateStatus")
        if (state, update) == ("Active", "Successful"):
            return
        if "Failed" in (state, update) or now() > deadline:
            reason = found.get("StateReason") or found.get("LastUpdateStatusReason") or "time is up"
            raise RuntimeError(f"{function} is {state}, its last update {update}: {reason}")
        sleep(1.0)


def handler(event: Event, context: Any) -> None:
    import boto3  # here, so that the logic above needs no AWS to be imported

    cfn_response.respond(event, context, lambda e: apply(e, boto3.client("lambda")))
