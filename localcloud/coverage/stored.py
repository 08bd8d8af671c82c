"""The operations that store what they are given and have no effect."""

from __future__ import annotations

# patterns of service:Operation
OPERATIONS: tuple[str, ...] = (
    "application-autoscaling:*",
    "budgets:*",
    "cloudwatch:*AnomalyDetector*",
    "cloudwatch:*Dashboard*",
    "cloudwatch:*InsightRule*",
    "cloudwatch:*MetricStream*",
    "dynamodb:*ContinuousBackups*",
    "dynamodb:*ContributorInsights*",
    "ec2:*",
    "ecr:*",
    "events:*EventSource*",
    "events:*Endpoint*",
    "events:*Partner*",
    "kms:*KeyRotation*",
    "lambda:*CodeSigningConfig*",
    "lambda:*ProvisionedConcurrencyConfig*",
    "lambda:*RecursionConfig",
    "logs:*MetricFilter*",
    "logs:*RetentionPolicy",
    "s3:*BucketAccelerateConfiguration",
    "s3:*BucketEncryption",
    "s3:*BucketLifecycle*",
    "s3:*BucketLogging",
    "s3:*BucketReplication",
    "s3:*BucketRequestPayment",
    "s3:*BucketWebsite",
    "s3:RestoreObject",
)
