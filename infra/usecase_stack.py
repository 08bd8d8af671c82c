"""One use case in one environment: the road, stage after stage."""

from pathlib import Path
from typing import Any

import aws_cdk as cdk
from constructs import Construct

from infra.dashboard import dashboard
from infra.ingest import Ingest
from infra.layers import Layers
from infra.lifecycle import LiveAlias, Teardown
from infra.monitor import Monitor
from infra.packaging.target import Target
from infra.platform_stack import PlatformStack
from infra.predict import Predict
from infra.register import Register
from infra.release import Release
from infra.site import Site
from infra.train import Train
from penstock.events import ALIAS
from penstock.spec import UseCase


class UseCaseStack(cdk.Stack):
    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        platform: PlatformStack,
        usecase: UseCase,
        folder: Path,
        target: Target,
        git_commit: str,
        **kwargs: Any,
    ) -> None:
        environment = platform.deployed_as
        super().__init__(
            scope,
            id,
            env=cdk.Environment(region=environment.region),
            termination_protection=environment.retain_data,
            description=f"{usecase.name}: {usecase.description}"[:1024],
            **kwargs,
        )
        cdk.Tags.of(self).add("environment", environment.name)
        cdk.Tags.of(self).add("usecase", usecase.name)
        layers = Layers(self, "Layers", environment=environment, target=target)
        site = Site(environment, usecase, folder, platform, layers, target, git_commit)

        ingest = Ingest(self, "Ingest", site=site)
        register = Register(self, "Register", site=site)
        train = Train(self, "Train", site=site, register=register)
        predict = Predict(self, "Predict", site=site)
        live = LiveAlias(self, "LiveAlias", site=site, predict=predict)
        release = Release(self, "Release", site=site, predict=predict, register=register)
        monitor = Monitor(self, "Monitor", site=site, train=train, predict=predict)
        if usecase.monitoring.dashboard:
            dashboard(self, "Dashboard", site=site, monitor=monitor, predict=predict)
        Teardown(
            self,
            "Teardown",
            site=site,
            train=train,
            register=register,
            predict=predict,
            release=release,
            after=live,
        )

        for name, value in {
            "PredictFunctionName": predict.function.name,
            "PredictAlias": ALIAS,
            "PredictLogGroup": predict.function.log_group.log_group_name,
            "LakeBucket": platform.lake.bucket_name,
            "ArtifactsBucket": platform.artifacts.bucket_name,
            "TableName": platform.table.table_name,
            "TrainStateMachineArn": train.machine.state_machine_arn,
            "ReleaseStateMachineArn": release.machine.state_machine_arn,
            "ModelPackageGroup": register.group_name,
            "DriftAlarmName": monitor.alarm.alarm_name,
            "AttentionAlarmName": monitor.attention_name,
            "VerdictAlarmName": release.canary.verdict.alarm_name,
            "IngestFunctionName": ingest.function.name,
            "MonitorFunctionName": monitor.function.name,
            "CodeDeployApplication": release.canary.application.application_name,
            "DeploymentGroup": release.canary.group.ref,
        }.items():
            cdk.CfnOutput(self, f"Output{name}", value=value).override_logical_id(name)
