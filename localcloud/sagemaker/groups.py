"""Model package groups: moto's records, with the refusals of AWS that moto lacks."""

from __future__ import annotations

from localcloud.json_service import Document, ServiceError
from localcloud.moto_backend import backend, call
from localcloud.sagemaker import tags


def create(request: Document) -> Document:
    name = request["ModelPackageGroupName"]
    if name in backend("sagemaker").model_package_groups:
        raise ServiceError(
            "ValidationException", f"Model Package Group already exists: {arn_of(name)}"
        )
    made = call("sagemaker", "CreateModelPackageGroup", request)
    tags.keep(made["ModelPackageGroupArn"], request.get("Tags", []))
    return made


def delete(request: Document) -> Document:
    store = backend("sagemaker")
    name = find(request["ModelPackageGroupName"])
    if any(p.model_package_group_name == name for p in list(store.model_packages.values())):
        raise ServiceError(
            "ConflictException", f"Model Package Group {arn_of(name)} still contains model packages"
        )
    del store.model_package_groups[name]
    return {}


def find(name_or_arn: str) -> str:
    """The group's name, refused as AWS does if there is no such group."""
    name = name_or_arn.rpartition("/")[2]
    if name not in backend("sagemaker").model_package_groups:
        raise ServiceError(
            "ValidationException", f"ModelPackageGroup {name_or_arn} does not exist."
        )
    return name


def arn_of(name: str) -> str:
    arn: str = backend("sagemaker").model_package_groups[name].arn
    return arn
