"""Which resource a SageMaker request is about, and what else the caller must be allowed."""

from __future__ import annotations

from localcloud.iam import arn
from localcloud.json_service import Document

_COLLECTIONS = ("ListTrainingJobs", "ListModelPackageGroups", "ListModelPackages")


def resource(request: Document, operation: str) -> str:
    if operation in _COLLECTIONS:
        return "*"
    if "ResourceArn" in request:
        return str(request["ResourceArn"])
    if "TrainingJobName" in request:
        return arn("sagemaker", f"training-job/{request['TrainingJobName']}")
    if operation == "CreateModelPackage":
        # A version has no number yet: AWS asks for the new package under the group's name.
        return arn("sagemaker", f"model-package/{_last(request['ModelPackageGroupName'])}/*")
    package = request.get("ModelPackageArn") or request.get("ModelPackageName")
    if package:
        name = package if package.startswith("arn:") else f"model-package/{package}"
        return str(name) if name.startswith("arn:") else arn("sagemaker", name)
    if "ModelPackageGroupName" in request:
        group = _last(request["ModelPackageGroupName"])
        return arn("sagemaker", f"model-package-group/{group}")
    return "*"


def extra(operation: str, request: Document) -> list[tuple[str, str, Document]]:
    wanted: list[tuple[str, str, Document]] = []
    if operation == "CreateTrainingJob":
        service = {"iam:PassedToService": "sagemaker.amazonaws.com"}
        wanted.append(("iam:PassRole", request["RoleArn"], service))
    if operation == "CreateModelPackage":
        group = _last(request["ModelPackageGroupName"])
        found = arn("sagemaker", f"model-package-group/{group}")
        wanted.append(("sagemaker:CreateModelPackage", found, {}))
    if operation.startswith("Create") and request.get("Tags"):
        wanted.append(("sagemaker:AddTags", resource(request, operation), {}))
    return wanted


def _last(name: str) -> str:
    return name.rpartition("/")[2]
