"""SageMaker's batch transform: a model that answers for whole objects of S3."""
