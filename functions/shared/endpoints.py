"""What SageMaker says of endpoints, their configurations and models: what is there, and whose."""

from collections.abc import Callable
from typing import Any, Literal

from botocore.exceptions import ClientError

from functions.shared import endpoint_names

Kind = Literal["Model", "EndpointConfig"]
BUSY = ("Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting")


def describe(call: Callable[..., dict[str, Any]], **name: str) -> dict[str, Any] | None:
    """What a Describe operation says; None of a thing that is not there, which has no code."""
    try:
        return call(**name)
    except ClientError as error:
        said = error.response["Error"]
        if said["Code"] == "ValidationException" and "Could not find" in said["Message"]:
            return None
        raise


def made(client: Any, kind: Kind, slug: str) -> list[str]:
    """The names of all models or configurations that releases of a use case have made."""
    operation = {"Model": "list_models", "EndpointConfig": "list_endpoint_configs"}[kind]
    pages = client.get_paginator(operation).paginate(NameContains=slug)
    names = [one[f"{kind}Name"] for page in pages for one in page[f"{kind}s"]]
    return [name for name in names if endpoint_names.is_of(slug, name)]


def delete(client: Any, kind: Kind, name: str) -> None:
    operation = {"Model": "delete_model", "EndpointConfig": "delete_endpoint_config"}[kind]
    getattr(client, operation)(**{f"{kind}Name": name})
