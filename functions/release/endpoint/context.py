"""What every step of an endpoint's release is given, beyond what any release is given."""

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from functions.release.context import Clients, Release, client
from functions.release.settings import Settings


@dataclass(frozen=True)
class EndpointSettings(Settings):
    """And these where a SageMaker endpoint answers; `slug` begins the names of what is made."""

    slug: str
    endpoint_name: str
    trial_name: str
    endpoint_role_arn: str
    image_uri: str
    container_environment: str


class EndpointClients(Clients):
    @cached_property
    def runtime(self) -> Any:
        return client("sagemaker-runtime")

    @cached_property
    def scaling(self) -> Any:
        return client("application-autoscaling")


@dataclass(frozen=True)
class EndpointRelease(Release):
    """A release of an endpoint, and not of the predict function."""

    settings: EndpointSettings
    aws: EndpointClients

    @property
    def serverless(self) -> bool:
        return bool(self.usecase["serving"]["mode"] == "serverless_endpoint")

    @property
    def serving(self) -> dict[str, Any]:
        """The settings of the mode: what the endpoint is made of."""
        serving = self.usecase["serving"]
        return dict(serving[serving["mode"]])

    @cached_property
    def container(self) -> dict[str, str]:
        return dict(json.loads(self.settings.container_environment))
