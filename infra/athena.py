"""Where Athena counts a window that outgrows a Lambda: a workgroup, and what its user may see."""

from aws_cdk import aws_athena as athena
from constructs import Construct

from infra import grants
from infra.function import Function
from infra.site import Site
from penstock import layout

GLUE = ("glue:GetDatabase", "glue:GetPartitions", "glue:GetTable")


class Athena(Construct):
    """Made only where `monitoring.athena_above_mb` asks for it."""

    def __init__(self, scope: Construct, id: str, *, site: Site, table: str) -> None:
        super().__init__(scope, id)
        self._site, self._table = site, table
        self._answers = layout.queries_prefix(site.usecase.name)
        self.name = f"{site.slug}-monitor"
        group = athena.CfnWorkGroup
        self.group = group(
            self,
            "Monitor",
            name=self.name,
            recursive_delete_option=True,
            work_group_configuration=group.WorkGroupConfigurationProperty(
                enforce_work_group_configuration=True,
                publish_cloud_watch_metrics_enabled=False,
                result_configuration=group.ResultConfigurationProperty(
                    output_location=f"s3://{site.platform.lake.bucket_name}/{self._answers}",
                    encryption_configuration=group.EncryptionConfigurationProperty(
                        encryption_option="SSE_KMS", kms_key=site.platform.key.key_arn
                    ),
                ),
            ),
        )

    def let(self, function: Function) -> None:
        """Ask, and read what was answered; the records it may read already."""
        role, site = function.role, self._site
        lake, database = site.platform.lake, site.platform.database.ref
        grants.allow(
            role,
            "athena:GetQueryExecution",
            "athena:StartQueryExecution",
            on=[site.arn(self, "athena", f"workgroup/{self.name}")],
        )
        grants.allow(
            role,
            *GLUE,
            on=[
                site.arn(self, "glue", "catalog"),
                site.arn(self, "glue", "database/default"),  # Athena looks there first
                site.arn(self, "glue", f"database/{database}"),
                site.arn(self, "glue", f"table/{database}/{self._table}"),
            ],
        )
        grants.read(role, lake, self._answers)
        grants.write(role, lake, self._answers)
        grants.list_objects(role, lake, self._answers)
        grants.allow(role, "s3:GetBucketLocation", on=[lake.bucket_arn])
        grants.allow(
            role,
            "s3:AbortMultipartUpload",
            on=grants.object_arns(lake, [self._answers]),
            why=grants.BY_PREFIX,
        )
