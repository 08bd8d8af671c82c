"""Model packages: moto's records, AWS's version numbers, and an event for each change."""

from __future__ import annotations

import inspect
import threading
from typing import Any

from localcloud import events
from localcloud.config import ACCOUNT, REGION
from localcloud.json_service import Document, ServiceError
from localcloud.moto_backend import backend
from localcloud.sagemaker import groups, tags
from localcloud.tables import table

_lock = threading.Lock()
_counters: dict[str, int] = table("sagemaker.package-versions")


def create(request: Document) -> Document:
    """moto numbers by counting, which gives a deleted version's number twice; so we number."""
    if "ModelPackageGroupName" not in request or "ModelPackageName" in request:
        raise ServiceError(
            "ValidationException",
            "CreateModelPackage: the local cloud keeps versioned packages only; "
            "expected ModelPackageGroupName without ModelPackageName",
        )
    group = groups.find(request["ModelPackageGroupName"])
    store = backend("sagemaker")
    made_at = store.model_package_groups[group].creation_time
    key = f"{groups.arn_of(group)}@{made_at}"  # a group made again begins anew
    with _lock:
        _counters[key] = version = _counters.get(key, 0) + 1
    made = _record(request, group, version)
    store.model_packages[made.arn] = made
    _emit(made)
    return {"ModelPackageArn": made.arn}


def _record(request: Document, group: str, version: int) -> Any:
    from moto.core.utils import camelcase_to_underscores
    from moto.sagemaker.models import ModelPackage

    fields = {camelcase_to_underscores(key): value for key, value in request.items()}
    for name in inspect.signature(ModelPackage).parameters:
        fields.setdefault(name, None)
    tags.keep(_arn(group, version), fields.pop("tags") or [])
    fields.update(
        model_package_name=group,
        model_package_group_name=group,
        model_package_version=version,
        model_package_type="Versioned",
        model_approval_status=request.get("ModelApprovalStatus", "PendingManualApproval"),
        certify_for_marketplace=False,
        account_id=ACCOUNT,
        region_name=REGION,
    )
    made = ModelPackage(**fields)
    made.arn = _arn(group, version)  # moto's is in lower case, which no narrow policy names
    for statuses in made.model_package_status_details.values():
        for status in statuses:
            status["Name"] = made.arn
    made.created_by = {}  # moto invents a user
    return made


def _arn(group: str, version: int) -> str:
    return f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:model-package/{group}/{version}"


def describe(request: Document) -> Document:
    found = find(request["ModelPackageName"])
    answer: Document = found.gen_response_object()
    for key in ("CreationTime", "LastModifiedTime"):
        if answer.get(key) is not None:
            answer[key] = answer[key].timestamp()
    return {key: value for key, value in answer.items() if value not in (None, {}, [])}


def update(request: Document) -> Document:
    """Only what the request names changes; moto would clear the rest."""
    found = find(request["ModelPackageArn"])
    unknown = request.keys() - {
        "ModelPackageArn",
        "ModelApprovalStatus",
        "ApprovalDescription",
        "CustomerMetadataProperties",
        "CustomerMetadataPropertiesToRemove",
    }
    if unknown:
        raise ServiceError(
            "ValidationException", f"UpdateModelPackage: the local cloud lacks {sorted(unknown)}"
        )
    found.model_approval_status = request.get("ModelApprovalStatus", found.model_approval_status)
    found.approval_description = request.get("ApprovalDescription", found.approval_description)
    removed = request.get("CustomerMetadataPropertiesToRemove", [])
    kept = {k: v for k, v in (found.customer_metadata_properties or {}).items() if k not in removed}
    found.customer_metadata_properties = {**kept, **request.get("CustomerMetadataProperties", {})}
    found.last_modified_time = _now()
    if "ModelApprovalStatus" in request:
        _emit(found)
    return {"ModelPackageArn": found.arn}


def delete(request: Document) -> Document:
    found = find(request["ModelPackageName"])
    del backend("sagemaker").model_packages[found.arn]
    return {}


def find(arn: str) -> Any:
    packages = backend("sagemaker").model_packages
    if arn not in packages:
        raise ServiceError("ValidationException", f"ModelPackage {arn} does not exist.")
    return packages[arn]


def _now() -> Any:
    from moto.core.utils import utcnow

    return utcnow()


def _emit(package: Any) -> None:
    fields = describe({"ModelPackageName": package.arn})
    detail = {
        "ModelPackageGroupName": package.model_package_group_name,
        "ModelPackageVersion": package.model_package_version,
        "ModelPackageArn": package.arn,
        "ModelPackageDescription": package.model_package_description,
        "CreationTime": package.creation_time,
        "ModelPackageStatus": package.model_package_status,
        "ModelPackageStatusDetails": package.model_package_status_details,
        "InferenceSpecification": fields.get("InferenceSpecification"),
        "ModelApprovalStatus": package.model_approval_status,
        "ApprovalDescription": package.approval_description,
        "CustomerMetadataProperties": package.customer_metadata_properties or {},
    }
    events.put(
        "aws.sagemaker",
        "SageMaker Model Package State Change",
        {key: value for key, value in detail.items() if value is not None},
        [package.arn],
    )
