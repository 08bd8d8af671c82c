"""One way to make a bucket: private, encrypted with our key, TLS only, versioned, tidied."""

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.environments import Environment
from infra.nag import acknowledge


class Bucket(s3.Bucket):
    """Events go to EventBridge, where rules pick what they want.

    Old versions go after a month, but only under the `tidied` prefixes: a raw file that was sent
    again under its name and a model that was trained again are never lost.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        environment: Environment,
        key: kms.IKey,
        access_logs: s3.IBucket | None,
        tidied: Sequence[str],
        lifecycle_rules: list[s3.LifecycleRule] | None = None,
    ) -> None:
        super().__init__(
            scope,
            id,
            encryption=s3.BucketEncryption.KMS,
            encryption_key=key,
            bucket_key_enabled=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            versioned=True,
            removal_policy=environment.removal_policy,
            server_access_logs_bucket=access_logs,
            server_access_logs_prefix=f"{id}/" if access_logs else None,
            lifecycle_rules=[
                s3.LifecycleRule(abort_incomplete_multipart_upload_after=Duration.days(7)),
                *(
                    s3.LifecycleRule(
                        prefix=f"{prefix}/", noncurrent_version_expiration=Duration.days(30)
                    )
                    for prefix in tidied
                ),
                *(lifecycle_rules or []),
            ],
        )
        # The L2's event_bridge_enabled deploys a handler function with rights on every bucket.
        bucket = self.node.default_child
        assert isinstance(bucket, s3.CfnBucket)
        bucket.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
            event_bridge_configuration=s3.CfnBucket.EventBridgeConfigurationProperty(
                event_bridge_enabled=True
            )
        )
        if access_logs is None:
            acknowledge(self, S1="an environment without people's data keeps no access log")


def access_log_bucket(scope: Construct, environment: Environment) -> s3.Bucket | None:
    """Where S3 writes who read what; S3 cannot deliver these logs under a key of ours."""
    if not environment.access_logs:
        return None
    bucket = s3.Bucket(
        scope,
        "AccessLogs",
        encryption=s3.BucketEncryption.S3_MANAGED,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        enforce_ssl=True,
        removal_policy=environment.removal_policy,
        lifecycle_rules=[s3.LifecycleRule(expiration=Duration.days(90))],
    )
    acknowledge(bucket, S1="a log of the access log would never end")
    return bucket
