"""The stack's death: what releases and jobs made at run time is taken down before the rest."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra import grants
from infra.function import Function
from infra.predict import Predict
from infra.register import Register
from infra.release import Release
from infra.served import Served
from infra.site import Site
from infra.train import Train
from penstock import layout


class Teardown(Construct):
    """Created last and so deleted first, while everything that it clears away is still there."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        site: Site,
        train: Train,
        register: Register,
        served: Served,
    ) -> None:
        super().__init__(scope, id)
        function = Function(
            self,
            "Remover",
            site=site,
            stage="lifecycle",
            handler="teardown",
            layers=[],
            environment={},
            memory_mb=512,
            timeout=Duration.minutes(15),
        )
        self._site, self._role = site, function.role
        machines = [train.machine, served.release.machine, *served.machines]
        self._let_stop(train, machines)
        self._let_sweep_packages()
        resource = cdk.CustomResource(
            self,
            "Remove",
            service_token=function.arn,
            resource_type="Custom::Teardown",
            properties={
                "StateMachineArns": [machine.state_machine_arn for machine in machines],
                "TrainingJobPrefix": train.job.name_prefix,
                "ModelPackageGroup": register.group_name,
                **self._of_the_mode(served),
                "EmptyPrefixes": self._let_empty(served.prefixes),
            },
        )
        before = (function, train, served.release, served.predict, register, *served.parts)
        resource.node.add_dependency(*before)

    def _let_stop(self, train: Train, machines: list[sfn.StateMachine]) -> None:
        for machine in machines:
            executions = self._site.arn(self, "states", f"execution:{machine.state_machine_name}:*")
            grants.allow(self._role, "states:ListExecutions", on=[machine.state_machine_arn])
            grants.allow(
                self._role, "states:StopExecution", on=[executions], why=grants.AT_RUN_TIME
            )
        jobs = self._site.arn(self, "sagemaker", f"training-job/{train.job.name_prefix}*")
        grants.allow(self._role, "sagemaker:StopTrainingJob", on=[jobs], why=grants.AT_RUN_TIME)
        grants.allow(self._role, "sagemaker:ListTrainingJobs", on=["*"], why=grants.NO_RESOURCE)

    def _let_sweep_packages(self) -> None:
        packages = self._site.arn(self, "sagemaker", f"model-package/{self._site.slug}/*")
        grants.allow(self._role, "sagemaker:ListModelPackages", on=["*"], why=grants.NO_RESOURCE)
        grants.allow(
            self._role, "sagemaker:DeleteModelPackage", on=[packages], why=grants.AT_RUN_TIME
        )

    def _of_the_mode(self, served: Served) -> dict[str, Any]:
        """An endpoint is removed by a resource of its own, also when the mode is changed."""
        if isinstance(served.predict, Predict) and isinstance(served.release, Release):
            return _function(self._role, self._site, served.predict, served.release)
        return {}

    def _let_empty(self, lake_prefixes: list[str]) -> list[str]:
        """Nothing where data is kept."""
        if self._site.environment.retain_data:
            return []
        usecase, platform = self._site.usecase.name, self._site.platform
        kept = {
            platform.lake: (
                layout.RAW, layout.CURATED, layout.REJECTED, layout.PREPARED,
                layout.PREDICTIONS, layout.MONITORING, layout.QUERIES,
            ),
            platform.artifacts: (layout.MODELS, layout.EVALUATIONS, layout.RELEASES),
        }  # fmt: skip
        uris = []
        for bucket, stages in kept.items():
            prefixes = [f"{stage}/{usecase}/" for stage in stages]
            prefixes += lake_prefixes if bucket is platform.lake else ()
            grants.list_objects(self._role, bucket, *prefixes, action="s3:ListBucketVersions")
            grants.allow(
                self._role,
                "s3:DeleteObject",
                "s3:DeleteObjectVersion",
                on=grants.object_arns(bucket, prefixes),
                why=grants.BY_PREFIX,
            )
            uris += [layout.uri(bucket.bucket_name, prefix) for prefix in prefixes]
        return uris


def _function(role: iam.Role, site: Site, predict: Predict, release: Release) -> dict[str, Any]:
    """Deployments under way, and versions."""
    canary = release.canary
    grants.allow(
        role,
        "codedeploy:ListDeployments",
        on=[site.arn(role, "codedeploy", canary.group_arn_resource)],
    )
    grants.allow(role, "codedeploy:StopDeployment", on=["*"], why=grants.NO_RESOURCE)
    grants.allow(
        role,
        "lambda:ListAliases",
        "lambda:ListVersionsByFunction",
        on=[predict.function.arn],
    )
    grants.allow(
        role, "lambda:DeleteFunction", on=[f"{predict.function.arn}:*"], why=grants.VERSIONS
    )
    return {
        "CodeDeployApplication": canary.application.application_name,
        "DeploymentGroup": canary.group.ref,
        "FunctionName": predict.function.name,
    }
