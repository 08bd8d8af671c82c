"""Which resource a SageMaker request is about, and what else the caller must be allowed."""

from __future__ import annotations

from localcloud.iam import arn
from localcloud.json_service import Document
from localcloud.sagemaker import volume_key

_COLLECTIONS = (
    "ListEndpointConfigs",
    "ListEndpoints",
    "ListFeatureGroups",
    "ListHyperParameterTuningJobs",
    "ListModelPackageGroups",
    "ListModelPackages",
    "ListModels",
    "ListProcessingJobs",
    "ListTrainingJobs",
    "ListTransformJobs",
)

_HOSTED = {
    "EndpointName": "endpoint",
    "EndpointConfigName": "endpoint-config",
    "ModelName": "model",
}
_JOBS = {
    "HyperParameterTuningJobName": "hyper-parameter-tuning-job",
    "ProcessingJobName": "processing-job",
    "TrainingJobName": "training-job",
    "TransformJobName": "transform-job",
}

_PASSING = ("CreateFeatureGroup", "CreateProcessingJob", "CreateTrainingJob")


def resource(request: Document, operation: str) -> str:
    if operation in _COLLECTIONS:
        return "*"
    if "ResourceArn" in request:
        return str(request["ResourceArn"])
    for member, kind in _JOBS.items():
        if member in request:
            return arn("sagemaker", f"{kind}/{request[member]}")
    if "FeatureGroupName" in request:
        return arn("sagemaker", f"feature-group/{_last(request['FeatureGroupName'])}")
    if hosted := hosting(request):
        return hosted
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


def hosting(request: Document) -> str | None:
    """An endpoint before its configuration, which has a check of its own."""
    for member, kind in _HOSTED.items():
        if member in request:
            return arn("sagemaker", f"{kind}/{request[member]}")
    return None


def extra(operation: str, request: Document) -> list[tuple[str, str, Document]]:
    wanted: list[tuple[str, str, Document]] = []
    if operation in _PASSING and "RoleArn" in request:
        service = {"iam:PassedToService": "sagemaker.amazonaws.com"}
        wanted.append(("iam:PassRole", request["RoleArn"], service))
    if operation == "CreateHyperParameterTuningJob" and "TrainingJobDefinition" in request:
        service = {"iam:PassedToService": "sagemaker.amazonaws.com"}
        role = request["TrainingJobDefinition"]["RoleArn"]
        wanted.append(("iam:PassRole", role, service))
    if operation == "CreateModel" and "ExecutionRoleArn" in request:
        service = {"iam:PassedToService": "sagemaker.amazonaws.com"}
        wanted.append(("iam:PassRole", request["ExecutionRoleArn"], service))
    if operation in ("CreateEndpoint", "UpdateEndpoint"):
        config = arn("sagemaker", f"endpoint-config/{request['EndpointConfigName']}")
        wanted.append((f"sagemaker:{operation}", config, {}))
    if operation == "CreateModelPackage":
        group = _last(request["ModelPackageGroupName"])
        found = arn("sagemaker", f"model-package-group/{group}")
        wanted.append(("sagemaker:CreateModelPackage", found, {}))
    if operation.startswith("Create") and request.get("Tags"):
        wanted.append(("sagemaker:AddTags", resource(request, operation), {}))
    return wanted + volume_key.wanted(operation, request)


def _last(name: str) -> str:
    return name.rpartition("/")[2]
