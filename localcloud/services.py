"""Installs the services that MiniStack lacks."""

from __future__ import annotations

from localcloud import condition_keys, iam, lambda_actions, resource_names, roles
from localcloud.cloudformation import resources
from localcloud.codedeploy import deployments
from localcloud.codedeploy import iam as codedeploy_iam
from localcloud.codedeploy.service import operations as codedeploy_operations
from localcloud.config import Config
from localcloud.json_service import Handler, handler
from localcloud.persistence import interrupted, resume
from localcloud.sagemaker import data_plane, volume_key
from localcloud.sagemaker import iam as sagemaker_iam
from localcloud.sagemaker.features import groups as features
from localcloud.sagemaker.features import runtime as feature_records
from localcloud.sagemaker.hosting import scaling
from localcloud.sagemaker.hosting.service import Hosting
from localcloud.sagemaker.processing.operations import Processing
from localcloud.sagemaker.service import operations as sagemaker_operations
from localcloud.sagemaker.training import Training
from localcloud.sagemaker.transform.operations import Transform
from localcloud.states import integrations
from localcloud.states.engine import interrupted as interrupted_executions


def install(config: Config) -> None:
    """Called once, after MiniStack is imported and before it serves."""
    roles.configure(config)
    iam.install()
    resource_names.install()
    lambda_actions.install()
    condition_keys.install()
    iam.register("sagemaker", sagemaker_iam.resource)
    iam.register("codedeploy", codedeploy_iam.resource)
    training = Training(config.directory.absolute() / "sagemaker" / "jobs", config.images)
    training.register_pages()
    processing = Processing(config.directory.absolute() / "sagemaker" / "processing", config.images)
    hosting = Hosting(config.directory.absolute() / "sagemaker" / "endpoints", config.images)
    transform = Transform(config.directory.absolute() / "sagemaker" / "transform", config.images)
    sagemaker = handler("sagemaker", sagemaker_operations(training, processing, hosting, transform))
    sagemaker = iam.also_checking(sagemaker, sagemaker_iam.extra, volume_key.role_may)
    _route("sagemaker", "SageMaker.", data_plane.in_front_of(sagemaker))
    data_plane.install()
    feature_records.install()
    hosting.install()
    iam.register(scaling.SERVICE, scaling.resource)
    scaling_operations = handler(scaling.SERVICE, scaling.operations())
    _route(scaling.SERVICE, "AnyScaleFrontendService.", scaling_operations)
    resume.register(hosting.endpoints.resume)
    resume.register(deployments.resume)
    resume.register(features.resume)
    resume.register(interrupted_executions.resume)
    resume.register(interrupted.settle)
    codedeploy = handler("codedeploy", codedeploy_operations())
    _route(
        "codedeploy", "CodeDeploy_20141006.", iam.also_checking(codedeploy, codedeploy_iam.extra)
    )
    integrations.install()
    resources.install()


def _route(service: str, target: str, handle: Handler) -> None:
    from ministack import app
    from ministack.core import router

    router.SERVICE_PATTERNS[service] = {"target_prefixes": [target], "host_patterns": []}
    app.SERVICE_HANDLERS[service] = handle
