"""What a training job may do: its own role, apart from that of the state machine that starts it."""

from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3_assets as assets
from constructs import Construct

from infra import grants, sagemaker_role
from infra.site import Site
from penstock import layout

JOBS_BY_NAME = "a job is named when it starts: use case and date begin its name"


def job_role(
    scope: Construct, site: Site, *, code: assets.Asset, image: str, jobs: str
) -> iam.Role:
    """Reads what was prepared, and is the only role that writes models. `jobs`: names' prefix."""
    usecase = site.usecase.name
    role = grants.role(scope, "JobRole", "sagemaker.amazonaws.com")
    prepared = f"{layout.PREPARED}/{usecase}/"
    grants.read(role, site.platform.lake, prepared)
    grants.list_objects(role, site.platform.lake, prepared)
    grants.write(role, site.platform.artifacts, layout.models_prefix(usecase))
    grants.allow(role, "s3:GetObject", on=[code.bucket.arn_for_objects(code.s3_object_key)])
    grants.allow(
        role,
        "s3:ListBucket",
        on=[code.bucket.bucket_arn],
        when={"StringEquals": {"s3:prefix": code.s3_object_key}},
    )
    group = site.arn(scope, "logs", "log-group:/aws/sagemaker/TrainingJobs")
    sagemaker_role.log(role, group, streams=[jobs], why=JOBS_BY_NAME)
    grants.put_metrics(role, "/aws/sagemaker/TrainingJobs")
    sagemaker_role.pull(role, image)
    return role
