"""prepare: a dataset version becomes train, validation and holdout."""

from aws_cdk import Duration
from constructs import Construct

from infra import grants
from infra.function import Function
from infra.site import Site
from penstock import layout


class Prepare(Construct):
    def __init__(self, scope: Construct, id: str, *, site: Site) -> None:
        super().__init__(scope, id)
        lake, table, usecase = site.platform.lake, site.platform.table, site.usecase.name
        self.function = Function(
            self,
            "Prepare",
            site=site,
            stage="prepare",
            layers=["scan", "tools"],
            environment={
                "ENVIRONMENT": site.environment.name,
                "LAKE_BUCKET": lake.bucket_name,
                "TABLE_NAME": table.table_name,
            },
            memory_mb=3008,
            timeout=Duration.minutes(10),
        )
        role = self.function.role
        # the data, what the monitor saw, and what became of answers
        read = [layout.curated_prefix(usecase), f"{layout.MONITORING}/{usecase}/"]
        if site.usecase.labels is not None:
            read.append(layout.labelled_prefix(usecase))
        grants.read(role, lake, *read)
        grants.list_objects(role, lake, *read)
        grants.write(role, lake, f"{layout.PREPARED}/{usecase}/")
        grants.use_table(
            role, table, "dynamodb:GetItem", "dynamodb:PutItem", keys=[f"training#{usecase}"]
        )
        others = [f"champion#{usecase}", f"labels#{usecase}"]
        grants.use_table(role, table, "dynamodb:GetItem", keys=others)
