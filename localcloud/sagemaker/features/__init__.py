"""SageMaker's Feature Store: groups, an online store that answers, an offline store in S3."""
