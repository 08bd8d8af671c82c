"""What a release makes in SageMaker and removes again: models and their configurations."""

from collections.abc import Iterable
from typing import Any

from functions.release.endpoint import live
from functions.release.endpoint.context import EndpointRelease
from functions.shared import endpoints
from penstock import layout
from penstock.events import SHADOW_VARIANT, VARIANT

# a container that is not up by then is none; SageMaker's own limit is 8 minutes
STARTUP_SECONDS = 300


def has_model(release: EndpointRelease, name: str) -> bool:
    return endpoints.describe(release.aws.sagemaker.describe_model, ModelName=name) is not None


def has_config(release: EndpointRelease, name: str) -> bool:
    describe = release.aws.sagemaker.describe_endpoint_config
    return endpoints.describe(describe, EndpointConfigName=name) is not None


def model(release: EndpointRelease, name: str, key: str, **environment: str) -> None:
    """The SageMaker model of `key`, unless a broken-off call has made it already."""
    if has_model(release, name):
        return
    settings = release.settings
    release.aws.sagemaker.create_model(
        ModelName=name,
        ExecutionRoleArn=settings.endpoint_role_arn,
        EnableNetworkIsolation=not release.serverless,  # which has none to offer
        PrimaryContainer={
            "Image": settings.image_uri,
            "ModelDataUrl": layout.uri(settings.artifacts_bucket, key),
            "Environment": {**release.container, "MODEL_NAME": name, **environment},
        },
        Tags=live.tags(release),
    )


def config(
    release: EndpointRelease, name: str, of: str, *, instances: int | None = None, shadow: str = ""
) -> None:
    """The configuration in which the model `of` answers, unless it is there already.

    With a model as `shadow`, that one is sent a copy of each request.
    """
    if has_config(release, name):
        return
    count = instances or release.serving.get("instances", 0)
    variants = {"ProductionVariants": [_variant(release, VARIANT, of, count)]}
    if shadow:
        variants["ShadowProductionVariants"] = [_variant(release, SHADOW_VARIANT, shadow, count)]
    release.aws.sagemaker.create_endpoint_config(
        EndpointConfigName=name, Tags=live.tags(release), **variants
    )


def remove_config(release: EndpointRelease, name: str) -> None:
    if has_config(release, name):
        endpoints.delete(release.aws.sagemaker, "EndpointConfig", name)


def prune(release: EndpointRelease, keep: Iterable[str]) -> list[str]:
    """Delete this use case's models with all that belongs to them, but those in `keep`."""
    kept, client, slug = set(keep), release.aws.sagemaker, release.settings.slug
    for name in set(endpoints.made(client, "EndpointConfig", slug)) - kept:
        endpoints.delete(client, "EndpointConfig", name)
    gone = sorted(set(endpoints.made(client, "Model", slug)) - kept)
    for name in gone:
        endpoints.delete(client, "Model", name)
        release.aws.s3.delete_object(
            Bucket=release.settings.artifacts_bucket,
            Key=layout.endpoint_model_key(release.name, name),
        )
    return gone


def _variant(release: EndpointRelease, name: str, model: str, count: int) -> dict[str, Any]:
    variant = {"VariantName": name, "ModelName": model, "InitialVariantWeight": 1.0}
    serving = release.serving
    if release.serverless:
        return variant | {
            "ServerlessConfig": {
                "MemorySizeInMB": serving["memory_mb"],
                "MaxConcurrency": serving["max_concurrency"],
            }
        }
    return variant | {
        "InstanceType": serving["instance_type"],
        "InitialInstanceCount": count,
        "ContainerStartupHealthCheckTimeoutInSeconds": STARTUP_SECONDS,
    }
