"""The resource types that this cloud adds to MiniStack's CloudFormation."""

from __future__ import annotations

from localcloud.cloudformation import budget, composite_alarm, feature_group, sagemaker, scaling
from localcloud.cloudformation.handlers import Made, ResourceType
from localcloud.cloudformation.schemas import create_only
from localcloud.codedeploy.service import operations as codedeploy
from localcloud.iam import arn
from localcloud.moto_backend import backend, call
from localcloud.persistence import resume
from localcloud.sagemaker.groups import create as create_group
from localcloud.sagemaker.groups import delete as delete_group


def install() -> None:
    from ministack.services.cloudformation import provisioners

    from localcloud.cloudformation import (
        alias_update,
        buckets,
        conditions,
        custom_answers,
        encryption,
        interrupted,
        template_urls,
        threads,
        tracebacks,
        update_events,
        validation,
    )

    for kind in types():
        provisioners._RESOURCE_HANDLERS[kind.type_name] = kind.handlers()
        # From here on MiniStack replaces them as its own: create, clean up or roll back, delete.
        provisioners._REPLACING_PROPERTIES[kind.type_name] = tuple(create_only(kind.type_name))
        provisioners._CUSTOM_NAME_REPLACEMENT[kind.type_name] = {"name": kind.name}
    threads.install()
    tracebacks.install()
    buckets.install()
    encryption.install()
    conditions.install()
    template_urls.install()
    validation.install()
    update_events.install()  # around the validation: what it refuses was begun
    alias_update.install()
    custom_answers.install()
    interrupted.install()
    resume.register(interrupted.resume)


def types() -> list[ResourceType]:
    deploy = codedeploy()
    return [
        budget.resource_type(),
        composite_alarm.resource_type(),
        feature_group.resource_type(),
        *sagemaker.types(),
        *scaling.types(),
        ResourceType(
            "AWS::SageMaker::ModelPackageGroup",
            "sagemaker",
            {"CreateModelPackageGroup": create_group, "DeleteModelPackageGroup": delete_group},
            name="ModelPackageGroupName",
            create="CreateModelPackageGroup",
            delete="DeleteModelPackageGroup",
            described=_package_group,
            max_length=63,
        ),
        ResourceType(
            "AWS::CodeDeploy::Application",
            "codedeploy",
            deploy,
            name="ApplicationName",
            create="CreateApplication",
            delete="DeleteApplication",
            described=_by_name,
        ),
        ResourceType(
            "AWS::CodeDeploy::DeploymentConfig",
            "codedeploy",
            deploy,
            name="DeploymentConfigName",
            create="CreateDeploymentConfig",
            delete="DeleteDeploymentConfig",
            described=_by_name,
        ),
        ResourceType(
            "AWS::CodeDeploy::DeploymentGroup",
            "codedeploy",
            deploy,
            name="DeploymentGroupName",
            create="CreateDeploymentGroup",
            delete="DeleteDeploymentGroup",
            described=_by_name,
            identity=("ApplicationName",),
            update="UpdateDeploymentGroup",
            update_name="CurrentDeploymentGroupName",
        ),
    ]


def _by_name(name: str) -> Made:
    return name, {}


def _package_group(name: str) -> Made:
    """Ref is the ARN, as AWS documents."""
    found = arn("sagemaker", f"model-package-group/{name}")
    if name not in backend("sagemaker").model_package_groups:
        return found, {}
    facts = call("sagemaker", "DescribeModelPackageGroup", {"ModelPackageGroupName": name})
    attributes = {
        "ModelPackageGroupArn": found,
        "ModelPackageGroupStatus": facts["ModelPackageGroupStatus"],
        "CreationTime": str(facts["CreationTime"]),
    }
    return found, attributes
