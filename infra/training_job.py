"""The one step that rents a machine: a SageMaker job in the prebuilt image, without a network."""

import json
from typing import Any

from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3_assets as assets
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra import grants
from infra.images import xgboost
from infra.packaging import training, wheels
from infra.site import Site
from infra.state_machine import integration, retry
from infra.training_role import JOBS_BY_NAME, job_role
from penstock import layout

INSTANCE_TYPE = "ml.m5.large"  # one family, so that two runs on the same data give the same model
VOLUME_GB = 30
MAX_SECONDS = 3600
WAIT_FOR_SPOT_SECONDS = 2 * 3600


class TrainingJob(Construct):
    def __init__(self, scope: Construct, id: str, *, site: Site) -> None:
        super().__init__(scope, id)
        self._site = site
        archive = training.build(site.usecase, site.folder, site.target)
        self._code = assets.Asset(self, "Code", path=str(archive.path), asset_hash=archive.sha256)
        self.image = xgboost(site.environment.region)
        self.role = job_role(self, site, code=self._code, image=self.image, jobs=self.name_prefix)

    @property
    def name_prefix(self) -> str:
        """What prepare's names of jobs begin with: the use case, then the date's century."""
        return f"{self._site.usecase.name}-20"

    def state(self, name: str, *, role: iam.Role) -> sfn.CustomState:
        """Start a job and wait until it ends; a job's name is never used twice, even by a retry."""
        self._let(role)
        spot = self._site.environment.spot
        limits = {"MaxRuntimeInSeconds": MAX_SECONDS}
        if spot:
            limits["MaxWaitTimeInSeconds"] = MAX_SECONDS + WAIT_FOR_SPOT_SECONDS
        key = self._site.platform.key.key_arn
        models = self._site.platform.artifacts.s3_url_for_object(
            layout.models_prefix(self._site.usecase.name).rstrip("/")
        )
        return sfn.CustomState(
            self,
            name,
            state_json={
                "Type": "Task",
                "Resource": integration(self, "sagemaker:createTrainingJob.sync"),
                "Parameters": {
                    "TrainingJobName.$": _JOB_NAME,
                    "RoleArn": self.role.role_arn,
                    "AlgorithmSpecification": {
                        "TrainingImage": self.image,
                        "TrainingInputMode": "File",
                    },
                    "HyperParameters": self._hyperparameters(),
                    "Environment": dict(wheels.PIP),
                    "InputDataConfig": [
                        _channel("train", "$.prepare.train_uri"),
                        _channel("validation", "$.prepare.validation_uri"),
                        _channel("code", self._code.s3_object_url),
                    ],
                    "OutputDataConfig": {"S3OutputPath": models, "KmsKeyId": key},
                    "ResourceConfig": {
                        "InstanceCount": 1,
                        "InstanceType": INSTANCE_TYPE,
                        "VolumeSizeInGB": VOLUME_GB,
                        "VolumeKmsKeyId": key,
                    },
                    "StoppingCondition": limits,
                    "EnableManagedSpotTraining": spot,
                    "EnableNetworkIsolation": True,
                    "Tags": [
                        {"Key": "usecase", "Value": self._site.usecase.name},
                        {"Key": "environment", "Value": self._site.environment.name},
                    ],
                },
                "ResultPath": "$.train",
                "Retry": [
                    retry(
                        ("SageMaker.AmazonSageMakerException", "SageMaker.ResourceLimitExceeded"),
                        seconds=60,
                        attempts=2,
                    )
                ],
            },
        )

    def _hyperparameters(self) -> dict[str, Any]:
        """Values as the toolkit reads them: JSON where they are literal."""
        usecase = self._site.usecase
        archive = f"/opt/ml/input/data/code/{self._code.s3_object_key}"
        return {
            "sagemaker_program": json.dumps("train.py"),
            "sagemaker_submit_directory": json.dumps(archive),
            "usecase": usecase.name,
            "dataset_version.$": "$.prepare.dataset_version",
            "training_job.$": _JOB_NAME,
            "trigger.$": "$.prepare.trigger",
            "reason.$": "$.prepare.reason",
            "git_commit": self._site.git_commit,
            "image": self.image,
            "seed": str(usecase.algorithm.seed),
        }

    def _let(self, role: iam.Role) -> None:
        """What the state machine may do: run jobs of these names, as this role, and watch them."""
        jobs = self._site.arn(self, "sagemaker", f"training-job/{self.name_prefix}*")
        grants.allow(
            role,
            "sagemaker:CreateTrainingJob",
            "sagemaker:DescribeTrainingJob",
            "sagemaker:StopTrainingJob",
            "sagemaker:AddTags",
            on=[jobs],
            why=JOBS_BY_NAME,
        )
        grants.allow(
            role,
            "iam:PassRole",
            on=[self.role.role_arn],
            when={"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
        )
        # How Step Functions learns of a job's end.
        rule = self._site.arn(
            self, "events", "rule/StepFunctionsGetEventsForSageMakerTrainingJobsRule"
        )
        grants.allow(role, "events:PutTargets", "events:PutRule", "events:DescribeRule", on=[rule])
        # SageMaker lends the key to the machine's disk on behalf of whoever starts the job.
        grants.allow(
            role,
            "kms:CreateGrant",
            on=[self._site.platform.key.key_arn],
            when={"Bool": {"kms:GrantIsForAWSResource": "true"}},
        )


_JOB_NAME = "States.Format('{}-{}', $.prepare.job_name_base, $$.State.RetryCount)"


def _channel(name: str, uri: str) -> dict[str, Any]:
    path = {"S3Uri.$": uri} if uri.startswith("$.") else {"S3Uri": uri}
    source = {"S3DataType": "S3Prefix", "S3DataDistributionType": "FullyReplicated", **path}
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}}
