"""The table of SageMaker's operations: ours, and the ones that moto answers as AWS does."""

from __future__ import annotations

from localcloud.json_service import Operation
from localcloud.moto_backend import operation
from localcloud.sagemaker import groups, packages, tags
from localcloud.sagemaker.training import Training

_MOTO = ("DescribeModelPackageGroup", "ListModelPackageGroups", "ListModelPackages")


def operations(training: Training) -> dict[str, Operation]:
    return {
        **{name: operation("sagemaker", name) for name in _MOTO},
        "AddTags": tags.add,
        "CreateModelPackage": packages.create,
        "CreateModelPackageGroup": groups.create,
        "CreateTrainingJob": training.create,
        "DeleteModelPackage": packages.delete,
        "DeleteModelPackageGroup": groups.delete,
        "DescribeModelPackage": packages.describe,
        "DescribeTrainingJob": training.describe,
        "ListTags": tags.list_,
        "ListTrainingJobs": training.list_,
        "StopTrainingJob": training.stop,
        "UpdateModelPackage": packages.update,
    }
