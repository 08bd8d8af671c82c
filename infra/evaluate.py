"""evaluate: the serving runtime itself scores the holdout, for the new model and the champion."""

from aws_cdk import Duration
from constructs import Construct

from infra import grants
from infra.function import Function
from infra.site import Site
from penstock import layout


class Evaluate(Construct):
    def __init__(self, scope: Construct, id: str, *, site: Site) -> None:
        super().__init__(scope, id)
        lake, artifacts = site.platform.lake, site.platform.artifacts
        table, usecase = site.platform.table, site.usecase.name
        self.function = Function(
            self,
            "Evaluate",
            site=site,
            stage="evaluate",
            layers=["serve", "tools"],
            environment={
                "ENVIRONMENT": site.environment.name,
                "LAKE_BUCKET": lake.bucket_name,
                "ARTIFACTS_BUCKET": artifacts.bucket_name,
                "TABLE_NAME": table.table_name,
                "AUTO_APPROVE": str(site.environment.auto_approve).lower(),
            },
            memory_mb=3008,
            timeout=Duration.minutes(10),
        )
        role = self.function.role
        grants.read(role, lake, f"{layout.PREPARED}/{usecase}/")
        grants.read(role, artifacts, layout.models_prefix(usecase))
        grants.read_versions(role, artifacts, layout.models_prefix(usecase))
        grants.write(role, artifacts, f"{layout.EVALUATIONS}/{usecase}/")
        grants.use_table(role, table, "dynamodb:GetItem", keys=[f"champion#{usecase}"])
