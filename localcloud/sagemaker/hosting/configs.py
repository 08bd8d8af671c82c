"""Endpoint configurations: immutable, and refused where AWS refuses them."""

from __future__ import annotations

from localcloud import tables
from localcloud.iam import arn
from localcloud.json_service import Document, Operation
from localcloud.sagemaker import tags
from localcloud.sagemaker.hosting import listing, models, names

_REQUEST = (
    "EndpointConfigName",
    "ProductionVariants",
    "ShadowProductionVariants",
    "DataCaptureConfig",
    "Tags",
    "KmsKeyId",
    "ExecutionRoleArn",
    "VpcConfig",
    "EnableNetworkIsolation",
)
_OF_INSTANCES = (
    "InitialInstanceCount",
    "InstanceType",
    "VolumeSizeInGB",
    "ModelDataDownloadTimeoutInSeconds",
    "ContainerStartupHealthCheckTimeoutInSeconds",
    "EnableSSMAccess",
    "RoutingConfig",
    "InferenceAmiVersion",
)
_VARIANT = (
    "VariantName",
    "ModelName",
    "InitialVariantWeight",
    "ServerlessConfig",
    *_OF_INSTANCES,
)
_MEMORY = tuple(range(1024, 6145, 1024))


def _kept() -> dict[str, Document]:
    return tables.table("sagemaker.endpoint-configs")


def operations() -> dict[str, Operation]:
    return {
        "CreateEndpointConfig": create,
        "DeleteEndpointConfig": delete,
        "DescribeEndpointConfig": describe,
        "ListEndpointConfigs": list_,
    }


def create(request: Document) -> Document:
    name = request["EndpointConfigName"]
    names.check("EndpointConfigName", name)
    names.lacks("CreateEndpointConfig", request, _REQUEST)
    if name in _kept():
        raise names.taken("endpoint-config", name)
    _check(request)
    found = arn("sagemaker", f"endpoint-config/{name}")
    _kept()[name] = {
        **names.untagged(request),
        "ProductionVariants": [_completed(one) for one in request["ProductionVariants"]],
        "EndpointConfigArn": found,
        "CreationTime": names.now(),
        "EnableNetworkIsolation": bool(request.get("EnableNetworkIsolation")),
    }
    if shadows := request.get("ShadowProductionVariants"):
        _kept()[name]["ShadowProductionVariants"] = [_completed(one) for one in shadows]
    tags.keep(found, request.get("Tags", []))
    return {"EndpointConfigArn": found}


def describe(request: Document) -> Document:
    return find(request["EndpointConfigName"])


def find(name: str) -> Document:
    found: Document = names.find("endpoint-config", _kept(), name)
    return found


def delete(request: Document) -> Document:
    find(request["EndpointConfigName"])
    del _kept()[request["EndpointConfigName"]]
    return {}


def list_(request: Document) -> Document:
    told = ("EndpointConfigName", "EndpointConfigArn", "CreationTime")
    items = [{key: record[key] for key in told} for record in list(_kept().values())]
    return listing.page("EndpointConfigs", "EndpointConfig", request, items)


def serverless(variants: list[Document]) -> bool:
    return any("ServerlessConfig" in one for one in variants)


def _completed(variant: Document) -> Document:
    return {"InitialVariantWeight": 1.0, **variant}


def _check(request: Document) -> None:
    production = request["ProductionVariants"]
    shadows = request.get("ShadowProductionVariants", [])
    every = [*production, *shadows]
    used = [one["VariantName"] for one in every]
    if len(set(used)) < len(used):
        raise names.refusal("The variant names in an endpoint configuration must be unique")
    for variant in every:
        _check_variant(variant)
    if shadows and (len(production) > 1 or len(shadows) > 1):
        raise names.refusal(
            "An endpoint configuration with a shadow variant has exactly one production variant "
            "and one shadow variant"
        )
    if serverless(every):
        _check_serverless(request, every)
    if sum(one.get("InitialVariantWeight", 1.0) for one in production) <= 0:
        raise names.refusal("At least one production variant must have a weight greater than 0")


def _check_variant(variant: Document) -> None:
    names.check("VariantName", variant["VariantName"])
    names.lacks("CreateEndpointConfig: a variant", variant, _VARIANT)
    if "ModelName" not in variant:
        raise names.refusal(
            f"Variant {variant['VariantName']}: the local cloud lacks inference components; "
            "expected ModelName"
        )
    models.facts(variant["ModelName"])
    if "ServerlessConfig" in variant:
        if both := sorted(variant.keys() & set(_OF_INSTANCES)):
            raise names.refusal(
                f"Variant {variant['VariantName']}: {', '.join(both)} cannot be given with "
                "ServerlessConfig"
            )
        return
    if missing := sorted({"InitialInstanceCount", "InstanceType"} - variant.keys()):
        raise names.refusal(
            f"Variant {variant['VariantName']}: {' and '.join(missing)} must be given for a "
            "variant without ServerlessConfig"
        )
    if variant.get("RoutingConfig", {}).get("RoutingStrategy") == "PREFIX_AWARE":
        raise names.refusal("RoutingConfig: the local cloud lacks RoutingStrategy PREFIX_AWARE")


def _check_serverless(request: Document, variants: list[Document]) -> None:
    if len(variants) > 1:
        raise names.refusal(
            "Serverless endpoints do not support multiple variants; expected exactly one "
            "production variant and no shadow variant"
        )
    if request.get("DataCaptureConfig"):
        raise names.refusal("DataCaptureConfig is not supported for serverless endpoints")
    for member in ("KmsKeyId", "VpcConfig"):
        if request.get(member):
            raise names.refusal(f"{member} is not supported for serverless endpoints")
    config = variants[0]["ServerlessConfig"]
    model = models.facts(variants[0]["ModelName"])
    if model.isolated:
        raise names.refusal("Network isolation is not supported for serverless endpoints")
    if len(model.containers) > 1:
        raise names.refusal("Serverless endpoints do not support models of several containers")
    if config["MemorySizeInMB"] not in _MEMORY:
        raise names.refusal(
            f"MemorySizeInMB {config['MemorySizeInMB']}: expected one of "
            f"{', '.join(map(str, _MEMORY))}"
        )
    if config.get("ProvisionedConcurrency", 0) > config["MaxConcurrency"]:
        raise names.refusal("ProvisionedConcurrency cannot be greater than MaxConcurrency")
