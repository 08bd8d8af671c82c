"""The table of SageMaker's operations: ours, and the ones that moto answers as AWS does."""

from __future__ import annotations

from localcloud.json_service import Operation
from localcloud.moto_backend import operation
from localcloud.sagemaker import groups, packages, tags
from localcloud.sagemaker.features import groups as features
from localcloud.sagemaker.hosting.service import Hosting
from localcloud.sagemaker.processing.operations import Processing
from localcloud.sagemaker.training import Training
from localcloud.sagemaker.transform.operations import Transform
from localcloud.sagemaker.tuning.operations import Tuning

_MOTO = ("DescribeModelPackageGroup", "ListModelPackageGroups", "ListModelPackages")


def operations(
    training: Training, processing: Processing, hosting: Hosting, transform: Transform
) -> dict[str, Operation]:
    return {
        **{name: operation("sagemaker", name) for name in _MOTO},
        **training.operations(),
        **processing.operations(),
        **Tuning(training).operations(),
        **features.operations(),
        **hosting.operations(),
        **transform.operations(),
        "AddTags": tags.add,
        "CreateModelPackage": packages.create,
        "CreateModelPackageGroup": groups.create,
        "DeleteModelPackage": packages.delete,
        "DeleteModelPackageGroup": groups.delete,
        "DescribeModelPackage": packages.describe,
        "ListTags": tags.list_,
        "UpdateModelPackage": packages.update,
    }
