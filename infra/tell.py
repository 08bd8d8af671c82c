"""tell: how trainings and releases ended, with the reason and what to do, to the alarm topic.

The alarms of failed executions say that one failed; events of Step Functions are sent once, so
that both are there.
"""

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra import grants
from infra.function import Function
from infra.site import Site


class Tell(Construct):
    """A person who aborts an execution knows of it."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        site: Site,
        train: sfn.StateMachine,
        release: sfn.StateMachine,
    ) -> None:
        super().__init__(scope, id)
        platform, usecase = site.platform, site.usecase.name
        self.function = Function(
            self,
            "Tell",
            site=site,
            stage="tell",
            layers=["tools"],
            environment={
                "USECASE": usecase,
                "ENVIRONMENT": site.environment.name,
                "TABLE_NAME": platform.table.table_name,
                "TOPIC_ARN": platform.alarms.topic_arn,
                "TRAIN_STATE_MACHINE": train.state_machine_arn,
            },
            memory_mb=256,
            timeout=Duration.minutes(1),
        )
        keys = [f"champion#{usecase}"]
        grants.use_table(self.function.role, platform.table, "dynamodb:GetItem", keys=keys)
        self.function.report_failures()  # it publishes to the same topic
        self.function.on(
            "Ended",
            events.EventPattern(
                source=["aws.states"],
                detail_type=["Step Functions Execution Status Change"],
                detail={
                    "stateMachineArn": [m.state_machine_arn for m in (train, release)],
                    "status": ["SUCCEEDED", "FAILED", "TIMED_OUT"],
                },
            ),
        )
