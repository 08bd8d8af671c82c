"""The stack's birth and death: an alias made once, and nothing left behind."""

import aws_cdk as cdk
from aws_cdk import Duration
from constructs import Construct, IDependable

from infra import grants
from infra.function import Function
from infra.predict import Predict
from infra.register import Register
from infra.release import Release
from infra.site import Site
from infra.train import Train
from penstock import layout
from penstock.events import ALIAS

AT_RUN_TIME = "what runs and what was made got its name at run time"


class LiveAlias(Construct):
    """`live`, on a version without a model, which answers 503 until the first release."""

    def __init__(self, scope: Construct, id: str, *, site: Site, predict: Predict) -> None:
        super().__init__(scope, id)
        function = Function(
            self,
            "Maker",
            site=site,
            stage="lifecycle",
            handler="live_alias",
            layers=[],
            environment={},
            memory_mb=256,
            timeout=Duration.minutes(5),
        )
        grants.allow(
            function.role,
            "lambda:GetAlias",
            "lambda:CreateAlias",
            "lambda:DeleteAlias",
            "lambda:GetFunctionConfiguration",
            "lambda:PublishVersion",
            on=[predict.function.arn, f"{predict.function.arn}:*"],
            why=grants.VERSIONS,
        )
        self.resource = cdk.CustomResource(
            self,
            "Live",
            service_token=function.arn,
            resource_type="Custom::LiveAlias",
            properties={"FunctionName": predict.function.name, "AliasName": ALIAS},
        )
        self.resource.node.add_dependency(function)


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
        predict: Predict,
        release: Release,
        after: IDependable,
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
        self._let_stop(train, release)
        self._let_sweep(predict, register)
        canary = release.canary
        resource = cdk.CustomResource(
            self,
            "Remove",
            service_token=function.arn,
            resource_type="Custom::Teardown",
            properties={
                "StateMachineArns": [
                    train.machine.state_machine_arn,
                    release.machine.state_machine_arn,
                ],
                "TrainingJobPrefix": train.job.name_prefix,
                "ModelPackageGroup": register.group_name,
                "CodeDeployApplication": canary.application.application_name,
                "DeploymentGroup": canary.group.ref,
                "FunctionName": predict.function.name,
                "EmptyPrefixes": self._let_empty(),
            },
        )
        resource.node.add_dependency(function, train, release, predict, register, after)

    def _let_stop(self, train: Train, release: Release) -> None:
        for machine in (train.machine, release.machine):
            executions = self._site.arn(self, "states", f"execution:{machine.state_machine_name}:*")
            grants.allow(self._role, "states:ListExecutions", on=[machine.state_machine_arn])
            grants.allow(self._role, "states:StopExecution", on=[executions], why=AT_RUN_TIME)
        jobs = self._site.arn(self, "sagemaker", f"training-job/{train.job.name_prefix}*")
        grants.allow(self._role, "sagemaker:StopTrainingJob", on=[jobs], why=AT_RUN_TIME)
        grants.allow(self._role, "sagemaker:ListTrainingJobs", on=["*"], why=grants.NO_RESOURCE)
        grants.allow(
            self._role,
            "codedeploy:ListDeployments",
            on=[self._site.arn(self, "codedeploy", release.canary.group_arn_resource)],
        )
        grants.allow(self._role, "codedeploy:StopDeployment", on=["*"], why=grants.NO_RESOURCE)

    def _let_sweep(self, predict: Predict, register: Register) -> None:
        packages = self._site.arn(self, "sagemaker", f"model-package/{self._site.slug}/*")
        grants.allow(self._role, "sagemaker:ListModelPackages", on=["*"], why=grants.NO_RESOURCE)
        grants.allow(self._role, "sagemaker:DeleteModelPackage", on=[packages], why=AT_RUN_TIME)
        grants.allow(
            self._role,
            "lambda:ListAliases",
            "lambda:ListVersionsByFunction",
            on=[predict.function.arn],
        )
        grants.allow(
            self._role,
            "lambda:DeleteFunction",
            on=[f"{predict.function.arn}:*"],
            why=grants.VERSIONS,
        )

    def _let_empty(self) -> list[str]:
        """Nothing where data is kept."""
        if self._site.environment.retain_data:
            return []
        usecase, platform = self._site.usecase.name, self._site.platform
        kept = {
            platform.lake: (
                layout.RAW, layout.CURATED, layout.REJECTED, layout.PREPARED,
                layout.PREDICTIONS, layout.MONITORING,
            ),
            platform.artifacts: (layout.MODELS, layout.EVALUATIONS, layout.RELEASES),
        }  # fmt: skip
        uris = []
        for bucket, stages in kept.items():
            prefixes = [f"{stage}/{usecase}/" for stage in stages]
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
