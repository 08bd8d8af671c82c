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
        grants.read(role, lake, layout.curated_prefix(usecase))
        grants.list_objects(role, lake, layout.curated_prefix(usecase))
        grants.write(role, lake, f"{layout.PREPARED}/{usecase}/")
        grants.use_table(
            role, table, "dynamodb:GetItem", "dynamodb:PutItem", keys=[f"training#{usecase}"]
        )
