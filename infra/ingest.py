"""ingest: a file in raw/ becomes a checked part of a dataset, or a row set aside with a reason."""

from aws_cdk import Duration
from aws_cdk import aws_events as events
from constructs import Construct

from infra import grants
from infra.function import Function
from infra.site import Site
from penstock import layout
from penstock.events import SOURCE


class Ingest(Construct):
    def __init__(self, scope: Construct, id: str, *, site: Site) -> None:
        super().__init__(scope, id)
        lake, usecase = site.platform.lake, site.usecase.name
        self.function = Function(
            self,
            "Ingest",
            site=site,
            stage="ingest",
            layers=["scan", "tools"],
            environment={"ENVIRONMENT": site.environment.name, "LAKE_BUCKET": lake.bucket_name},
            memory_mb=2048,
            timeout=Duration.minutes(5),
        )
        curated, rejected = layout.curated_prefix(usecase), layout.rejected_prefix(usecase)
        grants.read_versions(self.function.role, lake, layout.raw_prefix(usecase))
        grants.read(self.function.role, lake, curated)
        grants.list_objects(self.function.role, lake, curated)
        grants.write(self.function.role, lake, curated, rejected)
        grants.allow(
            self.function.role,
            "events:PutEvents",
            on=[site.arn(self, "events", "event-bus/default")],
            when={"StringEquals": {"events:source": SOURCE}},
        )
        self.function.report_failures()
        self.function.on(
            "FileInRaw",
            events.EventPattern(
                source=["aws.s3"],
                detail_type=["Object Created"],
                detail={
                    "bucket": {"name": [lake.bucket_name]},
                    "object": {"key": [{"prefix": layout.raw_prefix(usecase)}]},
                },
            ),
        )
