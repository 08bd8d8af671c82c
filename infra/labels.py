"""labels: truths that come late are joined to the answers they are about; monitor measures them."""

from aws_cdk import Duration
from aws_cdk import aws_events as events
from constructs import Construct

from infra import grants
from infra.function import Function
from infra.schedule import Schedule
from infra.site import Site
from penstock import layout
from penstock.events import SOURCE


class Labels(Construct):
    """A file in labels/ is joined when it comes; what waits for its record, at the clock's ticks.

    No alarm of its own: what fails for good goes to the alarm topic. `prefixes` of the lake hold
    labels on their way.
    """

    def __init__(self, scope: Construct, id: str, *, site: Site) -> None:
        super().__init__(scope, id)
        lake, usecase = site.platform.lake, site.usecase.name
        self.prefixes = [
            layout.labels_prefix(usecase),
            layout.pending_prefix(usecase),
            layout.labelled_prefix(usecase),
        ]
        self.function = Function(
            self,
            "Labels",
            site=site,
            stage="labels",
            layers=["scan", "tools"],
            environment={
                "ENVIRONMENT": site.environment.name,
                "LAKE_BUCKET": lake.bucket_name,
                "TABLE_NAME": site.platform.table.table_name,
            },
            memory_mb=2048,
            timeout=Duration.minutes(10),
        )
        self._let(site)
        self.function.report_failures()
        self.function.on(
            "FileInLabels",
            events.EventPattern(
                source=["aws.s3"],
                detail_type=["Object Created"],
                detail={
                    "bucket": {"name": [lake.bucket_name]},
                    "object": {"key": [{"prefix": layout.labels_prefix(usecase)}]},
                },
            ),
        )
        Schedule(
            self,
            "Waiting",
            rate=f"rate({site.usecase.monitoring.every_minutes} minutes)",
            action="lambda:InvokeFunction",
            target_arn=self.function.arn,
            request="{}",
        )

    def _let(self, site: Site) -> None:
        role, lake, usecase = self.function.role, site.platform.lake, site.usecase.name
        pending, labelled = layout.pending_prefix(usecase), layout.labelled_prefix(usecase)
        own = [pending, labelled, layout.rejected_labels_prefix(usecase)]
        predictions = layout.predictions_prefix(usecase)
        grants.read_versions(role, lake, layout.labels_prefix(usecase))
        grants.read(role, lake, predictions, *own)
        grants.list_objects(role, lake, predictions, *own)
        grants.write(role, lake, *own)
        waited = grants.object_arns(lake, [pending])
        grants.allow(role, "s3:DeleteObject", on=waited, why=grants.BY_PREFIX)
        grants.use_table(
            role,
            site.platform.table,
            "dynamodb:GetItem",
            "dynamodb:PutItem",
            keys=[f"labels#{usecase}"],
        )
        grants.allow(
            role,
            "events:PutEvents",
            on=[site.arn(self, "events", "event-bus/default")],
            when={"StringEquals": {"events:source": SOURCE}},
        )
