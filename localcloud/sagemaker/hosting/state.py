"""What is kept of an endpoint: plain data, from which its processes can be started again."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from localcloud import events, tables
from localcloud.json_service import Document
from localcloud.sagemaker.hosting import models, names
from localcloud.sagemaker.hosting.facts import ModelFacts

BUSY = ("Creating", "Updating", "RollingBack", "Deleting")


@dataclass
class Variant:
    """One variant as it runs; a shadow variant gets copies of requests and answers nobody."""

    name: str
    model: ModelFacts
    weight: float
    count: int
    serverless: Document | None = None
    shadow: bool = False
    routing: Document | None = None
    startup_seconds: float | None = None
    status: str | None = None  # while it is not simply in service
    since: datetime = field(default_factory=names.now)

    def describe(self, desired: Variant | None = None) -> Document:
        wanted = desired or self
        image = [
            {"SpecifiedImage": one.image, "ResolvedImage": one.image, "ResolutionTime": self.since}
            for one in self.model.containers
        ]
        found: Document = {
            "VariantName": self.name,
            "DeployedImages": image,
            "CurrentWeight": self.weight,
            "DesiredWeight": wanted.weight,
            "CurrentInstanceCount": self.count,
            "DesiredInstanceCount": wanted.count,
        }
        if self.serverless:
            found["CurrentServerlessConfig"] = self.serverless
            found["DesiredServerlessConfig"] = wanted.serverless
        if self.routing:
            found["RoutingConfig"] = self.routing
        if self.status:
            found["VariantStatus"] = [{"Status": self.status, "StartTime": self.since}]
        return found


@dataclass
class Plan:
    """One endpoint configuration, resolved: what a fleet is made of."""

    config: str
    variants: list[Variant]
    capture: Document | None = None

    @property
    def role(self) -> str:
        return self.variants[0].model.role

    @property
    def serverless(self) -> bool:
        return any(one.serverless for one in self.variants)

    def production(self) -> list[Variant]:
        return [one for one in self.variants if not one.shadow]

    def shadows(self) -> list[Variant]:
        return [one for one in self.variants if one.shadow]


def plan(config: Document) -> Plan:
    """Refused when one of its models is gone."""
    given = [(one, False) for one in config["ProductionVariants"]]
    given += [(one, True) for one in config.get("ShadowProductionVariants", [])]
    return Plan(
        config["EndpointConfigName"],
        [_variant(one, shadow) for one, shadow in given],
        config.get("DataCaptureConfig"),
    )


def _variant(config: Document, shadow: bool) -> Variant:
    return Variant(
        config["VariantName"],
        models.facts(config["ModelName"]),
        float(config["InitialVariantWeight"]),
        int(config.get("InitialInstanceCount", 0)),
        config.get("ServerlessConfig"),
        shadow,
        config.get("RoutingConfig"),
        config.get("ContainerStartupHealthCheckTimeoutInSeconds"),
    )


@dataclass
class Endpoint:
    name: str
    arn: str
    live: Plan
    status: str = "Creating"
    failure: str | None = None
    pending: Plan | None = None
    pending_since: datetime | None = None
    deployment: Document | None = None  # of the last update that had one
    created: datetime = field(default_factory=names.now)
    modified: datetime = field(default_factory=names.now)

    def enter(self, status: str) -> None:
        self.status, self.modified = status, names.now()
        self._emit()

    def describe(self) -> Document:
        found: Document = {
            "EndpointName": self.name,
            "EndpointArn": self.arn,
            "EndpointConfigName": self.live.config,
            "EndpointStatus": self.status,
            "CreationTime": self.created,
            "LastModifiedTime": self.modified,
        }
        if self.status != "Creating" and not (self.status == "Failed" and not self.live.variants):
            found |= _variants(self.live)
        if self.live.capture:
            on = self.live.capture.get("EnableCapture", True)
            found["DataCaptureConfig"] = {
                "EnableCapture": on,
                "CaptureStatus": "Started" if on else "Stopped",
                "CurrentSamplingPercentage": self.live.capture["InitialSamplingPercentage"],
                "DestinationS3Uri": self.live.capture["DestinationS3Uri"],
                "KmsKeyId": self.live.capture.get("KmsKeyId", ""),
            }
        if self.failure:
            found["FailureReason"] = self.failure
        if self.deployment:
            found["LastDeploymentConfig"] = self.deployment
        if self.pending:
            found["PendingDeploymentSummary"] = {
                "EndpointConfigName": self.pending.config,
                **_variants(self.pending),
                "StartTime": self.pending_since,
            }
        return found

    def summary(self) -> Document:
        facts = self.describe()
        told = ("EndpointName", "EndpointArn", "CreationTime", "LastModifiedTime", "EndpointStatus")
        return {key: facts[key] for key in told}

    def _emit(self) -> None:
        """Events have a state's words in capitals, unlike DescribeEndpoint."""
        words = "".join(f"_{c}" if c.isupper() else c for c in self.status).strip("_").upper()
        weights = [
            {"VariantName": one.name, "CurrentWeight": one.weight, "DesiredWeight": one.weight}
            for one in self.live.production()
        ]
        detail: dict[str, Any] = {
            "EndpointName": self.name,
            "EndpointArn": self.arn,
            "EndpointConfigName": self.live.config,
            "ProductionVariants": weights,
            "EndpointStatus": words,
            "CreationTime": self.created,
            "LastModifiedTime": self.modified,
        }
        if self.failure and self.status == "Failed":
            detail["FailureReason"] = self.failure
        events.put("aws.sagemaker", "SageMaker Endpoint State Change", detail, [self.arn])


def _variants(plan: Plan) -> Document:
    found: Document = {"ProductionVariants": [one.describe() for one in plan.production()]}
    if shadows := plan.shadows():
        found["ShadowProductionVariants"] = [one.describe() for one in shadows]
    return found


def kept() -> dict[str, Endpoint]:
    return tables.table("sagemaker.endpoints")
