"""One use case in one environment: the road, stage after stage."""

from pathlib import Path
from typing import Any

import aws_cdk as cdk
from constructs import Construct

from infra.budget import Budget
from infra.dashboard import dashboard
from infra.explain import Explain
from infra.ingest import Ingest
from infra.labels import Labels
from infra.layers import Layers
from infra.monitor import Monitor
from infra.packaging.target import Target
from infra.platform_stack import PlatformStack
from infra.register import Register
from infra.served import serve
from infra.site import Site
from infra.teardown import Teardown
from infra.tell import Tell
from infra.train import Train
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
        explain = Explain(self, "Explain", site=site)
        served = serve(self, site=site, explain=explain, register=register)
        if usecase.labels is not None:
            served.prefixes += Labels(self, "Labels", site=site).prefixes
        Tell(self, "Tell", site=site, train=train.machine, release=served.release.machine)
        monitor = Monitor(
            self, "Monitor", site=site, train=train, predict=served.predict, explain=explain
        )
        if usecase.monitoring.dashboard:
            dashboard(
                self,
                "Dashboard",
                site=site,
                monitor=monitor,
                predict=served.predict,
                alarms=[train.alarm, served.release.alarm, served.release.verdict],
            )
        Budget(self, "Budget", site=site)
        Teardown(self, "Teardown", site=site, train=train, register=register, served=served)

        for name, value in {
            "ExplainFunctionName": explain.name,
            "LakeBucket": platform.lake.bucket_name,
            "ArtifactsBucket": platform.artifacts.bucket_name,
            "TableName": platform.table.table_name,
            "TrainStateMachineArn": train.machine.state_machine_arn,
            "ModelPackageGroup": register.group_name,
            "DriftAlarmName": monitor.alarm.alarm_name,
            "AttentionAlarmName": monitor.attention_name,
            "IngestFunctionName": ingest.function.name,
            "MonitorFunctionName": monitor.function.name,
            **served.outputs,
        }.items():
            cdk.CfnOutput(self, f"Output{name}", value=value).override_logical_id(name)
