"""A CreateModel request as what is run: its containers, a model package's in its place."""

from __future__ import annotations

import re

from localcloud.json_service import Document
from localcloud.sagemaker.hosting import names, packages
from localcloud.sagemaker.hosting.facts import ContainerFacts, ModelFacts

_CONTAINER = (
    "ContainerHostname",
    "Image",
    "ImageConfig",
    "Mode",
    "ModelDataUrl",
    "ModelDataSource",
    "Environment",
    "ModelPackageName",
)


def containers(request: Document) -> list[Document]:
    """The request's containers, those of a model package in its place."""
    primary, several = request.get("PrimaryContainer"), request.get("Containers")
    if (primary is None) == (not several):
        raise names.refusal(
            "CreateModel: expected either PrimaryContainer or Containers, and not both"
        )
    found: list[Document] = []
    for one in several or [primary]:
        names.lacks("CreateModel: a container", one, _CONTAINER)
        if one.get("Mode") == "MultiModel":
            raise names.refusal("CreateModel: the local cloud lacks Mode MultiModel")
        if "ModelPackageName" not in one:
            found.append(one)
            continue
        if "Image" in one or "ModelDataUrl" in one:
            raise names.refusal(
                "CreateModel: ModelPackageName cannot be given with Image or ModelDataUrl"
            )
        more = one.get("Environment", {})
        for made in packages.containers(one["ModelPackageName"]):
            found.append({**made, "Environment": {**made.get("Environment", {}), **more}})
    return found


def resolve(request: Document, given: list[Document]) -> ModelFacts:
    execution = request.get("InferenceExecutionConfig", {}).get("Mode", "Serial")
    alone = len(given) == 1
    return ModelFacts(
        request["ModelName"],
        request["ExecutionRoleArn"],
        tuple(
            ContainerFacts(
                one.get("ContainerHostname", "primary" if alone else f"container-{number}"),
                _image(one),
                dict(one.get("Environment", {})),
                _data(one),
            )
            for number, one in enumerate(given, 1)
        ),
        isolated=bool(request.get("EnableNetworkIsolation")),
        direct=execution == "Direct",
    )


def _image(container: Document) -> str:
    if "Image" not in container:
        raise names.refusal("CreateModel: a container without ModelPackageName needs an Image")
    return str(container["Image"])


def _data(container: Document) -> Document | None:
    url, source = container.get("ModelDataUrl"), container.get("ModelDataSource")
    if url and source:
        raise names.refusal("CreateModel: expected ModelDataUrl or ModelDataSource, not both")
    if source:
        given: Document = source["S3DataSource"]
        names.lacks(
            "CreateModel: an S3DataSource", given, ("S3Uri", "S3DataType", "CompressionType")
        )
        return given
    return {"S3Uri": _s3(url), "S3DataType": "S3Object", "CompressionType": "Gzip"} if url else None


def _s3(url: str) -> str:
    """AWS takes the https form as well."""
    match = re.fullmatch(r"https://s3[.-][^/]*amazonaws\.com/([^/]+)/(.+)", url)
    return f"s3://{match[1]}/{match[2]}" if match else url
