"""What of a model is needed to run it; plain data, kept with the endpoints that serve it."""

from __future__ import annotations

from dataclasses import dataclass, field

from localcloud.json_service import Document


class HostingFailure(Exception):
    """A container that does not come into service; the text is the FailureReason."""


@dataclass(frozen=True)
class ContainerFacts:
    """`data` is an S3DataSource (S3Uri, S3DataType, CompressionType), or None."""

    name: str
    image: str
    environment: dict[str, str] = field(default_factory=dict)
    data: Document | None = None


@dataclass(frozen=True)
class ModelFacts:
    """`direct`: a request names the one container that it is for; else they are a pipeline."""

    name: str
    role: str
    containers: tuple[ContainerFacts, ...]
    isolated: bool = False
    direct: bool = False
